// ModelProto to Model: everything that a file can get wrong is refused here or while shapes are inferred.
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <unordered_map>

#include "compiler/graph/onnx/model.hpp"
#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/proto_tensor.hpp"

namespace heddle::graph::onnx {

namespace {

class Reader {
 public:
  Reader(const ::onnx::ModelProto& proto, const std::string& name, const std::string& directory)
      : proto_(proto) {
    model_.name = name;
    model_.directory = directory;
  }

  Model read() {
    header();
    const ::onnx::GraphProto& graph = proto_.graph();
    if (graph.sparse_initializer_size() != 0) fail("sparse initialisers are not supported");
    for (const ::onnx::TensorProto& tensor : graph.initializer()) initialiser(tensor);
    for (const ::onnx::ValueInfoProto& input : graph.input()) graph_input(input);
    for (const ::onnx::NodeProto& node : graph.node()) declare_outputs(node);
    for (const ::onnx::NodeProto& node : graph.node()) add_node(node);
    if (model_.nodes.empty()) fail("the graph has no nodes");
    sort_nodes(&model_);
    for (const ::onnx::ValueInfoProto& output : graph.output()) {
      model_.outputs.push_back(find(output.name(), fmt::format("graph output \"{}\"", output.name())));
    }
    if (model_.outputs.empty()) fail("the graph has no outputs");
    return std::move(model_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw std::runtime_error(fmt::format("{}: {}", model_.name, message));
  }

  void header() {
    if (!proto_.has_graph()) fail("has no graph: not an ONNX model");
    for (const auto& import : proto_.opset_import()) {
      if (!import.domain().empty() && import.domain() != "ai.onnx")
        continue;  // refused at the node that uses it
      if (import.version() < kFirstOpset || import.version() > kLastOpset) {
        fail(fmt::format("opset {} is not supported, only {} to {}: export with another opset_version",
                         import.version(), kFirstOpset, kLastOpset));
      }
      model_.opset = static_cast<int>(import.version());
    }
    if (model_.opset == 0) fail("imports no version of the operator set ai.onnx");
  }

  ValueId declare(Value value, const std::string& what) {
    if (value.name.empty()) fail(fmt::format("{} has no name", what));
    if (!ids_.emplace(value.name, static_cast<ValueId>(model_.values.size())).second) {
      fail(fmt::format("{}: \"{}\" is already defined", what, value.name));
    }
    return model_.add_value(std::move(value));
  }

  ValueId find(const std::string& name, const std::string& user) const {
    const auto found = ids_.find(name);
    if (found == ids_.end()) fail(fmt::format("{} uses \"{}\", which nothing defines", user, name));
    return found->second;
  }

  void initialiser(const ::onnx::TensorProto& proto) {
    const std::string what = fmt::format("initialiser \"{}\"", proto.name());
    Value value;
    value.name = proto.name();
    try {
      auto tensor = std::make_shared<Tensor>(read_proto(proto, model_.directory));
      value.type = tensor->type();
      value.shape = tensor->shape();
      value.constant = std::move(tensor);
    } catch (const std::runtime_error& error) {
      fail(fmt::format("{}: {}", what, error.what()));
    }
    declare(std::move(value), what);
  }

  void graph_input(const ::onnx::ValueInfoProto& proto) {
    if (ids_.count(proto.name()) != 0 && model_.value(ids_.at(proto.name())).constant)
      return;  // has a default
    const std::string what = fmt::format("graph input \"{}\"", proto.name());
    if (!proto.type().has_tensor_type()) fail(what + " is not a tensor");
    Value value;
    value.name = proto.name();
    const auto& type = proto.type().tensor_type();
    try {
      value.type = element_type(type.elem_type());
    } catch (const std::runtime_error& error) {
      fail(fmt::format("{}: {}", what, error.what()));
    }
    if (!type.has_shape()) fail(what + " has no shape: its rank must be known");
    for (int i = 0; i < type.shape().dim_size(); ++i) {
      const auto& dim = type.shape().dim(i);
      if (dim.has_dim_value()) {
        if (dim.dim_value() < 0 || dim.dim_value() > kMostElements) {
          fail(fmt::format("{}: extent {} of dimension {} is out of range", what, dim.dim_value(), i));
        }
        value.dims.emplace_back(dim.dim_value());
      } else {
        value.dims.emplace_back(dim.dim_param().empty() ? fmt::format("{}.{}", value.name, i)
                                                        : dim.dim_param());
      }
    }
    model_.inputs.push_back(declare(std::move(value), what));
  }

  static std::string name_of(const ::onnx::NodeProto& node) {
    if (!node.name().empty()) return node.name();
    for (const std::string& output : node.output()) {
      if (!output.empty()) return fmt::format("{} of {}", node.op_type(), output);
    }
    return node.op_type();
  }

  void declare_outputs(const ::onnx::NodeProto& node) {
    for (const std::string& output : node.output()) {
      if (output.empty()) continue;
      Value value;
      value.name = output;
      declare(std::move(value), fmt::format("output of node \"{}\"", name_of(node)));
    }
  }

  void add_node(const ::onnx::NodeProto& proto) {
    Node node;
    node.op = proto.op_type();
    node.domain = proto.domain() == "ai.onnx" ? "" : proto.domain();
    node.name = name_of(proto);
    const auto wrong = [&](const std::string& message) { fail(place_text(node) + ": " + message); };
    const Operator* known = node.domain == kHeddleDomain ? nullptr : find_operator(node.domain, node.op);
    if (known == nullptr) {
      wrong(node.domain.empty()
                ? fmt::format("operator {} is not supported", node.op)
                : fmt::format("operator {} of domain \"{}\" is not supported", node.op, node.domain));
    }
    for (const int since : known->since) {
      if (since <= model_.opset) node.version = since;
    }
    if (node.version == 0) {
      wrong(fmt::format("operator {} is understood from opset {} on, not as of opset {}", node.op,
                        known->since.front(), model_.opset));
    }
    for (const std::string& input : proto.input()) {
      node.inputs.push_back(input.empty() ? kAbsent : find(input, place_text(node)));
    }
    for (const std::string& output : proto.output()) {
      node.outputs.push_back(output.empty() ? kAbsent : ids_.at(output));
    }
    if (node.inputs.size() < known->least_inputs || node.inputs.size() > known->most_inputs) {
      wrong(fmt::format("has {} inputs, takes {} to {}", node.inputs.size(), known->least_inputs,
                        known->most_inputs));
    }
    if (node.outputs.empty() || node.outputs.size() > known->most_outputs) {
      wrong(fmt::format("has {} outputs, gives 1 to {}", node.outputs.size(), known->most_outputs));
    }
    for (const auto& attribute : proto.attribute()) add_attribute(&node, attribute);
    model_.nodes.push_back(std::move(node));
  }

  static std::string place_text(const Node& node) {
    return fmt::format("node \"{}\" ({})", node.name, node.op);
  }

  void add_attribute(Node* node, const ::onnx::AttributeProto& proto) {
    const std::string where = fmt::format("{}: attribute \"{}\"", place_text(*node), proto.name());
    Attribute attribute;
    switch (proto.type()) {
      case ::onnx::AttributeProto::INT:
        attribute = static_cast<std::int64_t>(proto.i());
        break;
      case ::onnx::AttributeProto::FLOAT:
        attribute = static_cast<double>(proto.f());
        break;
      case ::onnx::AttributeProto::STRING:
        attribute = proto.s();
        break;
      case ::onnx::AttributeProto::INTS:
        attribute = std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end());
        break;
      case ::onnx::AttributeProto::FLOATS:
        attribute = std::vector<double>(proto.floats().begin(), proto.floats().end());
        break;
      case ::onnx::AttributeProto::STRINGS:
        attribute = std::vector<std::string>(proto.strings().begin(), proto.strings().end());
        break;
      case ::onnx::AttributeProto::TENSOR:
        try {
          attribute = std::make_shared<const Tensor>(read_proto(proto.t(), model_.directory));
        } catch (const std::runtime_error& error) {
          fail(fmt::format("{}: {}", where, error.what()));
        }
        break;
      default:
        fail(where + " is of a kind that is not supported (subgraph, sparse tensor, type)");
    }
    if (!node->attributes.emplace(proto.name(), std::move(attribute)).second) fail(where + " is given twice");
  }

  const ::onnx::ModelProto& proto_;
  Model model_;
  std::unordered_map<std::string, ValueId> ids_;
};

std::string whole_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw std::runtime_error(fmt::format("{}: no such file", path));
  }
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file && !file.eof()) throw std::runtime_error(fmt::format("{}: cannot be read", path));
  return bytes;
}

/// Parses quietly: protobuf would print its own message for each damaged field.
template <typename Message>
void parse(const std::string& bytes, const std::string& name, const char* what, Message* message) {
  const google::protobuf::LogSilencer silence;
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw std::runtime_error(fmt::format(
        "{}: larger than 2 GiB, the most that protobuf holds: export it with external data", name));
  }
  if (bytes.empty() || !message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw std::runtime_error(fmt::format("{}: not {}: its protobuf is damaged or cut off", name, what));
  }
}

}  // namespace

Model parse_model(const std::string& bytes, const std::string& name, const std::string& directory) {
  ::onnx::ModelProto proto;
  parse(bytes, name, "an ONNX model", &proto);
  return Reader(proto, name, directory).read();
}

Model read_model(const std::string& path) {
  const std::filesystem::path file(path);
  const std::string directory = file.has_parent_path() ? file.parent_path().string() : ".";
  return parse_model(whole_file(path), file.filename().string(), directory);
}

Tensor read_tensor(const std::string& path) {
  ::onnx::TensorProto proto;
  parse(whole_file(path), path, "a tensor", &proto);
  try {
    return read_proto(proto, "");
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace heddle::graph::onnx
