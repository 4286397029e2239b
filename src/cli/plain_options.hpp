#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace reprise::cli {

// A command that is one call of the API and prints its answer. Names in braces stand for what was
// typed: "{org}", "{user}", "{team}", "{role}", "{project}", "{server}", "{schedule}", "{backup}"
// by name or id, others by id only.
struct PlainCommand {
  std::string method = "GET";
  std::string path;                          // "/api/v1/organizations/{org}/roles/{role}"
  std::map<std::string, std::string> typed;  // what stands for each name
  std::vector<std::pair<std::string, std::string>> fields;  // of the body; may hold names in braces
  std::map<std::string, std::string> values;                // what was typed for a field
  std::map<std::string, std::vector<std::string>> lists;    // the same for fields that are lists
  std::vector<std::pair<std::string, std::string>> columns;  // heading and member, of a list
  std::string said;                                          // when there is nothing to print
  bool asks_password = false;                                // one's own, as a field of the body
  bool password_stdin = false;
  std::string data_file;  // a body as it is: "@FILE", or the text itself
  enum class Answer { kJson, kText, kStream } answer = Answer::kJson;
};

}  // namespace reprise::cli
