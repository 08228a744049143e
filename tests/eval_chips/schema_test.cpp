#include "eval/common/schema.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace heddle::eval {
namespace {

std::string violation(const std::string& document, const std::string& schema) {
  try {
    check_schema(Json::parse(document), Json::parse(schema), "f");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Schema, Types) {
  EXPECT_EQ(violation("3", R"({"type": "number"})"), "");
  EXPECT_EQ(violation("3.5", R"({"type": "integer"})"), "f: must be of type integer, not number");
  EXPECT_EQ(violation("null", R"({"type": ["integer", "null"]})"), "");
  EXPECT_EQ(violation("true", R"({"type": ["integer", "null"]})"),
            "f: must be of type integer or null, not boolean");
}

TEST(Schema, Bounds) {
  EXPECT_EQ(violation("0", R"({"minimum": 0})"), "");
  EXPECT_EQ(violation("0", R"({"exclusiveMinimum": 0})"), "f: is 0; must be more than 0");
  EXPECT_EQ(violation("3", R"({"maximum": 2})"), "f: is 3; must be at most 2");
  EXPECT_EQ(violation(R"("")", R"({"minLength": 1})"), "f: must not be empty");
  EXPECT_EQ(violation(R"("usd")", R"({"pattern": "^[A-Z]+$"})"), "f: is 'usd'; must match ^[A-Z]+$");
  EXPECT_EQ(violation(R"("c")", R"({"enum": ["a", "b"]})"), R"(f: is "c"; must be "a" or "b")");
}

TEST(Schema, ObjectsNameTheField) {
  const std::string schema = R"({"type": "object", "required": ["a"], "additionalProperties": false,
      "properties": {"a": {"type": "object", "properties": {"b": {"type": "array", "items": {"type": "number"}}}}}})";
  EXPECT_EQ(violation(R"({"a": {"b": [1, "x"]}})", schema),
            "f: field 'a.b[1]' must be of type number, not string");
  EXPECT_EQ(violation(R"({})", schema), "f: field 'a' is missing");
  EXPECT_EQ(violation(R"({"a": {}, "c": 1})", schema), "f: field 'c' is not known; known are a");
  EXPECT_EQ(violation(R"({"a": {"c": 1}})", schema), "");
  EXPECT_EQ(violation(R"({"Q": 1})", R"({"propertyNames": {"pattern": "^[a-z]$"}})"),
            "f: field 'Q' is 'Q'; must match ^[a-z]$");
}

TEST(Schema, AlternativesAreChosenByType) {
  const std::string schema = R"({"$defs": {"n": {"type": "number", "minimum": 1}},
      "anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}, {"type": "string", "enum": ["none"]}]})";
  EXPECT_EQ(violation("null", schema), "");
  EXPECT_EQ(violation("\"none\"", schema), "");
  EXPECT_EQ(violation("\"some\"", schema), R"(f: must be of type number or null or "none", not "some")");
  EXPECT_EQ(violation("0", schema), "f: is 0; must be at least 1");
  EXPECT_EQ(violation("[]", schema), "f: must be of type number or null or \"none\", not array");
}

TEST(Schema, RulesThatAreNotUnderstoodAreErrorsOfTheSchema) {
  EXPECT_THROW(check_schema(Json(1), Json::parse(R"({"multipleOf": 2})"), "f"), std::logic_error);
  EXPECT_THROW(check_schema(Json(1), Json::parse(R"({"type": "float"})"), "f"), std::logic_error);
}

TEST(Schema, MalformedTextNamesTheFile) {
  try {
    parse_json("{", "chip.json");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("chip.json: not JSON: ", 0), 0u);
  }
}

}  // namespace
}  // namespace heddle::eval
