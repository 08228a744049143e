// The tile program as text, which reads back as the same program.
#pragma once
#include <string>

#include "compiler/tiles/program.hpp"

namespace heddle::tiles {

/// The whole module, as parse reads it.
std::string print(const Module& module);
/// One operation, with what is nested in it.
std::string print(const Program& program, const Operation& operation);

/// Throws std::runtime_error naming `source`, the line and what was expected there. Verified.
Module parse(const std::string& text, const std::string& source);

}  // namespace heddle::tiles
