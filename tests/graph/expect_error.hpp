// Negative tests: the statement throws std::runtime_error whose message has all of these parts.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::test {

inline void expect_error(const std::function<void()>& statement, const std::vector<std::string>& parts) {
  try {
    statement();
  } catch (const std::runtime_error& error) {
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << "message \"" << error.what() << "\" lacks \"" << part << "\"";
    }
    return;
  }
  ADD_FAILURE() << "no error; expected one about \"" << (parts.empty() ? "anything" : parts[0]) << "\"";
}

}  // namespace heddle::test
