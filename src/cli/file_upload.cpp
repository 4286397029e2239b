#include "cli/file_upload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <chrono>
#include <system_error>

#include "base/hash.hpp"
#include "base/id.hpp"
#include "cli/commands.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

const std::string kUploads = "/api/v1/backups/uploads";
constexpr int kMostTries = 14;  // without a byte more: some five minutes
constexpr int kMostConflicts = 5;
constexpr ByteCount kEdge = 64 * 1024;

// Knows the file again, without reading all of it: its size, when it was changed, its edges.
Result<std::string> FingerprintOf(const Session& session, const FileToUpload& file) {
  Hasher hasher(HashKind::kSha256);
  const ByteCount size = file.content.size();
  for (const ByteCount from : {ByteCount{0}, size - std::min(size, kEdge)}) {
    RangeReader edge(file.content, from, std::min(size - from, kEdge));
    ASSIGN_OR_RETURN(const std::string bytes, ReadAll(session.ctx, edge, kEdge));
    hasher.Update(BytesOf(bytes));
  }
  std::error_code failed;
  const auto changed = std::filesystem::last_write_time(file.path, failed);
  return fmt::format("{}-{}-{}", size, failed ? 0 : changed.time_since_epoch().count(),
                     hasher.Finish());
}

ByteCount BytesIn(const json::object& upload, std::string_view name) {
  return static_cast<ByteCount>(NumberOf(upload, name).value_or(0));
}

class Uploading {
 public:
  Uploading(const Session& session, const FileToUpload& file, std::string fingerprint)
      : session_(session),
        file_(file),
        fingerprint_(std::move(fingerprint)),
        ctx_(session.ctx.WithStop(interruption_.token())),
        display_(session.terminal, session.noise()) {}

  [[nodiscard]] Result<json::value> Run() {
    RETURN_IF_ERROR(Open());
    Status sent = SendAll();
    Result<json::value> backup = json::value();
    if (sent)
      backup =
          Persist([&] { return session_.client.Post(ctx_, path_ + "/complete", json::object()); });
    if (sent && backup) return backup;
    Error error = sent ? std::move(backup.error()) : std::move(sent.error());
    if (MayGoOnLater(error)) {
      if (!error.hint.empty()) error.hint += "; ";
      error.hint += "the same command goes on where it was, within 24 hours";
    }
    return Fail(std::move(error));
  }

 private:
  [[nodiscard]] bool IsOfThisFile(const json::object& upload) const {
    const BackupImport& told = file_.options;
    return TextOf(upload, "file_name") == file_.path.filename().string() &&
           BytesIn(upload, "total_bytes") == file_.content.size() &&
           TextOf(upload, "fingerprint") == fingerprint_ &&
           (told.name.empty() || TextOf(upload, "name") == told.name) &&
           (told.notes.empty() || TextOf(upload, "notes") == told.notes) &&
           (file_.storage_id.empty() || TextOf(upload, "storage_config_id") == file_.storage_id);
  }

  // What was told now must be what the server will hold the whole against.
  [[nodiscard]] bool HasOurSha256(const json::object& upload) const {
    const std::string& told = file_.options.sha256;
    return told.empty() || TextOf(upload, "sha256") == told;
  }
  [[nodiscard]] Status CheckOurs(const json::object& upload) const {
    const std::string& id = file_.options.resume;
    if (!IsOfThisFile(upload)) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the upload {} is of another file, this one was changed since, or it "
                              "was begun with another name, notes or storage",
                              id),
                  "without --resume the file is uploaded from its beginning");
    }
    if (HasOurSha256(upload)) return {};
    const std::string begun_with = TextOf(upload, "sha256");
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the upload {} was begun {}, not with {}", id,
                            begun_with.empty() ? "without a sha256" : "with sha256 " + begun_with,
                            file_.options.sha256),
                "go on without --sha256, or upload the file from its beginning without --resume");
  }

  // The one that was told, an earlier one of the same file, or a new one.
  [[nodiscard]] Status Open() {
    if (!file_.options.resume.empty()) {
      ASSIGN_OR_RETURN(const json::object told,
                       FetchObject(session_, kUploads + "/" + file_.options.resume));
      RETURN_IF_ERROR(CheckOurs(told));
      return Take(told);
    }
    ASSIGN_OR_RETURN(const json::array open, FetchAll(session_, kUploads));
    for (const json::value& one : open) {
      if (!one.is_object()) continue;
      const json::object& upload = one.get_object();
      if (IsOfThisFile(upload) && HasOurSha256(upload)) return Take(upload);
    }
    json::object body{{"file_name", file_.path.filename().string()},
                      {"total_bytes", file_.content.size()},
                      {"fingerprint", fingerprint_},
                      {"idempotency_key", NewUuid()}};
    if (!file_.options.name.empty()) body["name"] = file_.options.name;
    if (!file_.options.notes.empty()) body["notes"] = file_.options.notes;
    if (!file_.options.sha256.empty()) body["sha256"] = file_.options.sha256;
    if (!file_.storage_id.empty()) body["storage_config_id"] = file_.storage_id;
    ASSIGN_OR_RETURN(const json::value begun, session_.client.Post(ctx_, kUploads, body));
    if (!begun.is_object()) return Fail(ErrorCode::kInternal, "the answer is no upload");
    return Take(begun.get_object());
  }
  [[nodiscard]] Status Take(const json::object& upload) {
    path_ = kUploads + "/" + TextOf(upload, "id");
    offset_ = BytesIn(upload, "offset");
    if (offset_ > 0) {
      display_.Note(fmt::format("going on at byte {} of {}", offset_, file_.content.size()));
    }
    return {};
  }

  [[nodiscard]] Status SendAll() {
    int tries = 0;
    int conflicts = 0;
    while (offset_ < file_.content.size()) {
      const auto sent = session_.client.SendFrom(
          ctx_, path_, file_.content, offset_,
          [&](ByteCount done, ByteCount all) { display_.ShowTransfer("uploading", done, all); });
      if (sent) return {};
      RETURN_IF_ERROR(ctx_.Check());
      if (!IsPassing(sent.error())) return Fail(sent.error());
      const bool conflict = sent.error().code == ErrorCode::kConflict;
      if (conflict && ++conflicts == kMostConflicts) return Fail(sent.error());
      if (++tries == kMostTries) return Fail(sent.error());
      if (!conflict) RETURN_IF_ERROR(Wait(tries));
      const ByteCount before = offset_;
      RETURN_IF_ERROR(AskWhereItStands());
      if (offset_ > before) tries = conflicts = 0;
    }
    return {};
  }
  [[nodiscard]] Status AskWhereItStands() {
    ASSIGN_OR_RETURN(const json::value told,
                     Persist([&] { return session_.client.Get(ctx_, path_); }));
    if (!told.is_object()) return Fail(ErrorCode::kInternal, "the answer is no upload");
    offset_ = BytesIn(told.get_object(), "offset");
    return {};
  }

  // What another try may mend. Anything else would be refused again.
  [[nodiscard]] static bool IsPassing(const Error& error) {
    switch (error.code) {
      case ErrorCode::kEngineUnavailable:
      case ErrorCode::kUnavailable:
      case ErrorCode::kStorageFailed:
      case ErrorCode::kCancelled:  // the server stops
      case ErrorCode::kConflict:
      case ErrorCode::kTimeout:
      case ErrorCode::kInternal:  // also a proxy's own answer
      case ErrorCode::kMalformedRequest:
      case ErrorCode::kTooManyRequests:
        return true;
      default:
        return false;
    }
  }
  // The server, or what stands behind it, was away for longer than this waits; or somebody stopped
  // it.
  [[nodiscard]] static bool MayGoOnLater(const Error& error) {
    switch (error.code) {
      case ErrorCode::kEngineUnavailable:
      case ErrorCode::kUnavailable:
      case ErrorCode::kStorageFailed:
      case ErrorCode::kCancelled:
        return true;
      default:
        return false;
    }
  }
  [[nodiscard]] Status Wait(int tries) const {
    return ctx_.Sleep(
        std::min(milliseconds(250) * (1 << std::min(tries - 1, 10)), milliseconds(30'000)));
  }
  // A call that may be made twice, until it is answered.
  template <class Call>
  [[nodiscard]] Result<json::value> Persist(const Call& call) {
    for (int tries = 1;; ++tries) {
      Result<json::value> answer = call();
      if (answer || tries == kMostTries || answer.error().code == ErrorCode::kConflict ||
          !IsPassing(answer.error())) {
        return answer;
      }
      RETURN_IF_ERROR(ctx_.Check());
      RETURN_IF_ERROR(Wait(tries));
    }
  }

  const Session& session_;
  const FileToUpload& file_;
  const std::string fingerprint_;
  const Interruption interruption_;
  const Context ctx_;
  ProgressDisplay display_;
  std::string path_;  // of the upload
  ByteCount offset_ = 0;
};

}  // namespace

Result<json::value> UploadFile(const Session& session, const FileToUpload& file) {
  if (file.content.size() == 0) {
    return Fail(ErrorCode::kFormatUnsupported,
                fmt::format("the file {} is empty", file.path.string()));
  }
  ASSIGN_OR_RETURN(std::string fingerprint, FingerprintOf(session, file));
  return Uploading(session, file, std::move(fingerprint)).Run();
}

}  // namespace reprise::cli
