#include <fmt/format.h>

#include <boost/json/value.hpp>
#include <optional>

#include "docker/image_reference.hpp"
#include "docker/json_view.hpp"
#include "docker/unix_engine.hpp"

namespace reprise::docker {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostLineBytes = 1UL << 20U;
constexpr std::string_view kPullHint =
    "check the image's name, and that this server can reach the registry; or load the image by "
    "hand "
    "(docker load)";

bool SaysUnknown(std::string_view words) {
  return words.find("not found") != std::string_view::npos ||
         words.find("manifest unknown") != std::string_view::npos ||
         words.find("does not exist") != std::string_view::npos;
}

Error PullFailure(std::string_view words, std::string_view image) {
  Error error = FailureOf(words, fmt::format("pull image {}", image));
  if (error.code != ErrorCode::kContainerFailed) return error;
  if (SaysUnknown(words)) error.code = ErrorCode::kNotFound;
  return std::move(error).WithHint(std::string(kPullHint));
}

// The progress of a pull, one JSON value a line: what it says of a failure.
class PullProgress final : public ByteWriter {
 public:
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    RETURN_IF_ERROR(ctx.Check());
    line_.append(TextOf(bytes));
    std::size_t start = 0;
    for (std::size_t end = line_.find('\n'); end != std::string::npos;
         end = line_.find('\n', start)) {
      ReadLine(std::string_view(line_).substr(start, end - start));
      start = end + 1;
    }
    line_.erase(0, start);
    if (line_.size() > kMostLineBytes) line_.clear();
    return {};
  }
  [[nodiscard]] Status Close(const Context&) override {
    ReadLine(line_);
    return {};
  }
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  void ReadLine(std::string_view line) {
    if (line.find("\"error\"") == std::string_view::npos) return;
    const Result<json::value> value = ParseJson(line);
    if (!value) return;
    std::string words = TextAt(*value, "/error");
    if (!words.empty()) failure_ = std::move(words);
  }

  std::string line_;
  std::string failure_;
};

}  // namespace

Result<ImageInfo> UnixEngine::InspectImage(const Context& ctx, std::string_view image) {
  const std::optional<ImageReference> reference = ParseImageReference(image);
  if (!reference) {
    return Fail(ErrorCode::kNotFound, fmt::format("“{}” is not the name of an image", image),
                "write it as name:tag, for example postgres:17");
  }
  // Slashes are part of an image's name and of the path.
  std::string path = "/images/";
  for (const char c : image) path += c == '/' ? "/" : UrlEncode(std::string_view(&c, 1));
  ASSIGN_OR_RETURN(const Answer answer, api_.Call(ctx, {"GET", path + "/json"}, kQueryLimit));
  if (!answer.ok()) {
    return Fail(RefusalOf(answer, Subject::kImage, image, fmt::format("look at image {}", image)));
  }
  ASSIGN_OR_RETURN(const json::value inspected, ParseJson(answer.body));
  ImageInfo info;
  info.id = TextAt(inspected, "/Id");
  info.tags = TextsAt(inspected, "/RepoTags");
  info.environment = VariablesAt(inspected, "/Config/Env");
  info.user = TextAt(inspected, "/Config/User");
  info.size = static_cast<ByteCount>(NumberAt(inspected, "/Size"));
  if (const json::object* volumes = ObjectAt(inspected, "/Config/Volumes")) {
    for (const auto& volume : *volumes) info.volumes.emplace_back(volume.key());
  }
  return info;
}

Status UnixEngine::PullImage(const Context& ctx, std::string_view image) {
  const std::optional<ImageReference> reference = ParseImageReference(image);
  if (!reference) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("“{}” is not the name of an image", image),
                "write it as name:tag, for example postgres:17");
  }
  const std::string target = WithQuery(
      "/images/create", {{"fromImage", reference->name}, {"tag", reference->tag_or_digest}});
  ASSIGN_OR_RETURN(OpenExchange exchange, api_.Open(ctx, {"POST", target}));
  if (exchange.head.status >= 300) {
    ASSIGN_OR_RETURN(const Answer answer, ReadAnswer(ctx, std::move(exchange)));
    const Error refusal = RefusalOf(answer, Subject::kEngine, image, "pull");
    const Result<json::value> body = ParseJson(answer.body);
    return Fail(PullFailure(body ? TextAt(*body, "/message") : refusal.message, image));
  }
  PullProgress progress;
  ASSIGN_OR_RETURN([[maybe_unused]] const ByteCount read,
                   Copy(ctx, exchange.connection->body(), progress));
  RETURN_IF_ERROR(progress.Close(ctx));
  if (progress.failure().empty()) return {};
  return Fail(PullFailure(progress.failure(), image));
}

Status UnixEngine::SaveImages(const Context& ctx, const std::vector<std::string>& images,
                              ByteWriter& tar) {
  std::string target = "/images/get";
  std::string names;
  for (const std::string& image : images) {
    target += fmt::format("{}names={}", names.empty() ? "?" : "&", UrlEncode(image));
    names += names.empty() ? image : ", " + image;
  }
  ASSIGN_OR_RETURN(OpenExchange exchange, api_.Open(ctx, {"GET", target}));
  if (exchange.head.status >= 300) {
    ASSIGN_OR_RETURN(const Answer answer, ReadAnswer(ctx, std::move(exchange)));
    return Fail(RefusalOf(answer, Subject::kImage, names, fmt::format("save image {}", names)));
  }
  const Result<ByteCount> copied = Copy(ctx, exchange.connection->body(), tar);
  if (!copied) return Fail(copied.error());
  return tar.Close(ctx);
}

Status UnixEngine::LoadImages(const Context& ctx, ByteReader& tar) {
  HttpRequest request{"POST", WithQuery("/images/load", {{"quiet", "1"}})};
  request.upload = &tar;
  ASSIGN_OR_RETURN(OpenExchange exchange, api_.Open(ctx, std::move(request)));
  if (exchange.head.status >= 300) {
    ASSIGN_OR_RETURN(const Answer answer, ReadAnswer(ctx, std::move(exchange)));
    return Fail(RefusalOf(answer, Subject::kEngine, "", "load images"));
  }
  // A failure in the middle comes as a line of its own, after status 200.
  PullProgress progress;
  ASSIGN_OR_RETURN([[maybe_unused]] const ByteCount read,
                   Copy(ctx, exchange.connection->body(), progress));
  RETURN_IF_ERROR(progress.Close(ctx));
  if (progress.failure().empty()) return {};
  return Fail(FailureOf(progress.failure(), "load images"));
}

}  // namespace reprise::docker
