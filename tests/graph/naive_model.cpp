#include "tests/graph/naive_model.hpp"

#include <algorithm>
#include <cmath>

namespace heddle::test {

namespace {

using Row = std::vector<double>;

class Naive {
 public:
  Naive(const TinyModel& model, const Tensors& tensors) : model_(model), tensors_(tensors) {}

  Row linear(const Row& x, const std::string& name) const {
    const Tensor& weight = tensors_.at(name + ".weight");
    const auto bias = tensors_.find(name + ".bias");
    const std::size_t outputs = static_cast<std::size_t>(weight.shape[0]), inputs = x.size();
    Row y(outputs);
    for (std::size_t n = 0; n < outputs; ++n) {
      y[n] = bias == tensors_.end() ? 0.0 : bias->second.values[n];
      for (std::size_t k = 0; k < inputs; ++k) y[n] += x[k] * weight.values[n * inputs + k];
    }
    return y;
  }

  Row norm(const Row& x, const std::string& name) const {
    const Tensor& weight = tensors_.at(name + ".weight");
    double mean = 0;
    for (const double value : x) mean += value * value / static_cast<double>(x.size());
    Row y(x);
    for (std::size_t i = 0; i < x.size(); ++i)
      y[i] = x[i] / std::sqrt(mean + model_.rms_eps) * weight.values[i];
    return y;
  }

  // q * cos + rotate_half(q) * sin, as Hugging Face writes it.
  void rotate(double* head, std::size_t position) const {
    const auto width = static_cast<std::size_t>(model_.width());
    Row turned(width);
    for (std::size_t d = 0; d < width; ++d) {
      const double exponent = static_cast<double>(2 * (d % (width / 2))) / static_cast<double>(width);
      const double angle = static_cast<double>(position) / std::pow(model_.rope_theta, exponent);
      const double other = d < width / 2 ? -head[d + width / 2] : head[d - width / 2];
      turned[d] = head[d] * std::cos(angle) + other * std::sin(angle);
    }
    std::copy(turned.begin(), turned.end(), head);
  }

  void attention(std::vector<Row>& x, const std::string& layer) const {
    const auto width = static_cast<std::size_t>(model_.width()),
               heads = static_cast<std::size_t>(model_.heads);
    const std::size_t share = heads / static_cast<std::size_t>(model_.kv_heads);
    std::vector<Row> q, k, v;
    for (std::size_t t = 0; t < x.size(); ++t) {
      const Row y = norm(x[t], layer + "input_layernorm");
      q.push_back(linear(y, layer + "self_attn.q_proj"));
      k.push_back(linear(y, layer + "self_attn.k_proj"));
      v.push_back(linear(y, layer + "self_attn.v_proj"));
      for (std::size_t h = 0; h < heads; ++h) rotate(&q[t][h * width], t);
      for (std::size_t h = 0; h < heads / share; ++h) rotate(&k[t][h * width], t);
    }
    for (std::size_t t = 0; t < x.size(); ++t) {
      Row mixed(heads * width, 0.0);
      for (std::size_t h = 0; h < heads; ++h) {
        const std::size_t from = h / share * width;
        Row weights(t + 1);
        double sum = 0;
        for (std::size_t s = 0; s <= t; ++s) {
          double score = 0;
          for (std::size_t d = 0; d < width; ++d) score += q[t][h * width + d] * k[s][from + d];
          weights[s] = std::exp(score / std::sqrt(static_cast<double>(width)));
          sum += weights[s];
        }
        for (std::size_t s = 0; s <= t; ++s) {
          for (std::size_t d = 0; d < width; ++d) mixed[h * width + d] += weights[s] / sum * v[s][from + d];
        }
      }
      const Row out = linear(mixed, layer + "self_attn.o_proj");
      for (std::size_t i = 0; i < out.size(); ++i) x[t][i] += out[i];
    }
  }

  void feed_forward(Row& x, const std::string& layer) const {
    const Row y = norm(x, layer + "post_attention_layernorm");
    Row gate = linear(y, layer + "mlp.gate_proj");
    const Row up = linear(y, layer + "mlp.up_proj");
    for (std::size_t i = 0; i < gate.size(); ++i) gate[i] *= up[i] / (1 + std::exp(-gate[i]));
    const Row out = linear(gate, layer + "mlp.down_proj");
    for (std::size_t i = 0; i < out.size(); ++i) x[i] += out[i];
  }

  std::vector<Row> run(const std::vector<std::uint32_t>& tokens) const {
    const Tensor& table = tensors_.at("model.embed_tokens.weight");
    std::vector<Row> x;
    for (const std::uint32_t token : tokens) {
      const auto row = table.values.begin() + token * table.shape[1];
      x.emplace_back(row, row + table.shape[1]);
    }
    for (int number = 0; number < model_.layers; ++number) {
      const std::string layer = "model.layers." + std::to_string(number) + ".";
      attention(x, layer);
      for (Row& row : x) feed_forward(row, layer);
    }
    for (Row& row : x) row = linear(norm(row, "model.norm"), model_.tied ? "model.embed_tokens" : "lm_head");
    return x;
  }

 private:
  const TinyModel& model_;
  const Tensors& tensors_;
};

}  // namespace

std::vector<std::vector<double>> naive_logits(const TinyModel& model, const Tensors& tensors,
                                              const std::vector<std::uint32_t>& tokens) {
  return Naive(model, tensors).run(tokens);
}

}  // namespace heddle::test
