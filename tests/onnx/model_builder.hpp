// Small ONNX models for tests, built as protobuf messages.
#pragma once
#include <onnx/onnx_pb.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace heddle::test {

class ModelBuilder {
 public:
  explicit ModelBuilder(int opset = 17) {
    model.set_ir_version(8);
    model.add_opset_import()->set_version(opset);
    model.mutable_graph()->set_name("test");
  }
  /// dims: numbers, or names of symbols.
  ModelBuilder& input(const std::string& name, const std::vector<std::string>& dims, int type = 1);
  ModelBuilder& output(const std::string& name) {
    model.mutable_graph()->add_output()->set_name(name);
    return *this;
  }
  ::onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs);
  ::onnx::TensorProto& constant(const std::string& name, const std::vector<std::int64_t>& dims,
                                const std::vector<float>& values);
  ::onnx::TensorProto& integers(const std::string& name, const std::vector<std::int64_t>& values);
  std::string bytes() const { return model.SerializeAsString(); }

  ::onnx::ModelProto model;
};

inline ModelBuilder& ModelBuilder::input(const std::string& name, const std::vector<std::string>& dims,
                                         int type) {
  auto* added = model.mutable_graph()->add_input();
  added->set_name(name);
  auto* tensor = added->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape();
  for (const std::string& dim : dims) {
    auto* extent = tensor->mutable_shape()->add_dim();
    if (dim.find_first_not_of("-0123456789") == std::string::npos) {
      extent->set_dim_value(std::stoll(dim));
    } else {
      extent->set_dim_param(dim);
    }
  }
  return *this;
}

inline ::onnx::NodeProto& ModelBuilder::node(const std::string& op, const std::vector<std::string>& inputs,
                                             const std::vector<std::string>& outputs) {
  auto* added = model.mutable_graph()->add_node();
  added->set_op_type(op);
  added->set_name("the_" + op);
  for (const std::string& name : inputs) added->add_input(name);
  for (const std::string& name : outputs) added->add_output(name);
  return *added;
}

inline void set_attribute(::onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(::onnx::AttributeProto::INT);
  attribute->set_i(value);
}

inline ::onnx::TensorProto& ModelBuilder::constant(const std::string& name,
                                                   const std::vector<std::int64_t>& dims,
                                                   const std::vector<float>& values) {
  auto* added = model.mutable_graph()->add_initializer();
  added->set_name(name);
  added->set_data_type(::onnx::TensorProto::FLOAT);
  for (const std::int64_t dim : dims) added->add_dims(dim);
  for (const float value : values) added->add_float_data(value);
  return *added;
}

inline ::onnx::TensorProto& ModelBuilder::integers(const std::string& name,
                                                   const std::vector<std::int64_t>& values) {
  auto* added = model.mutable_graph()->add_initializer();
  added->set_name(name);
  added->set_data_type(::onnx::TensorProto::INT64);
  added->add_dims(static_cast<std::int64_t>(values.size()));
  for (const std::int64_t value : values) added->add_int64_data(value);
  return *added;
}

}  // namespace heddle::test
