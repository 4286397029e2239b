// What a Docker engine answers, and what stands beside it: heads, frames, inspected containers,
// image names.

#include <boost/json/parse.hpp>

#include "base/json_fields.hpp"
#include "docker/container_json.hpp"
#include "docker/frames.hpp"
#include "docker/http.hpp"
#include "docker/image_reference.hpp"
#include "docker/ssh_options.hpp"
#include "input.hpp"

namespace {

using namespace reprise;

void Head(const std::string& text) { static_cast<void>(docker::ParseHead(text)); }

void Frames(const std::string& text) {
  StringWriter output;
  StringWriter error;
  docker::FrameSplitter splitter(&output, &error);
  StringReader from(text);
  if (docker::SplitFrames(Context(), from, splitter)) static_cast<void>(splitter.Finish());
  fuzz::Require(output.text().size() + error.text().size() <= text.size());
}

void Container(const std::string& text) {
  if (const auto value = ParseJson(text)) static_cast<void>(docker::ReadContainer(*value));
}

void Names(const std::string& text) {
  if (const auto image = docker::ParseImageReference(text)) fuzz::Require(!image->name.empty());
  static_cast<void>(docker::LastLine(text));
  static_cast<void>(docker::SshFailure("server", {}, text));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array kParsers = {Head, Frames, Container, Names};
  kParsers.at(data[0] % kParsers.size())(fuzz::TextOf(data + 1, size - 1));
  return 0;
}
