#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/stream.hpp"
#include "rescue/rescue_desk.hpp"

namespace reprise::rescue {

struct AttachmentQuery {
  std::string text;           // in the name; empty: any
  std::string model;          // "res.partner"; empty: any
  bool missing_only = false;  // whose row or file the live environment lacks
  std::int64_t after = 0;     // an id
  std::int64_t limit = 50;    // 1 to 200
};

// What the live environment has under the id of an attachment.
enum class LiveRow { kSame, kOther, kMissing };

// A document of the backup: a row of ir_attachment whose content is kept.
struct Attachment {
  std::int64_t id = 0;
  std::string name;
  std::string model;
  std::string field;
  std::int64_t record_id = 0;
  std::int64_t size = 0;
  std::string mimetype;
  std::string checksum;    // sha1 of the content
  std::string store_name;  // "ab/ab12…"; empty: the content is in the row, or nowhere
  bool is_in_row = false;
  bool names_no_file = false;  // what it names is no file of a filestore: not to be trusted
  LiveRow live_row = LiveRow::kMissing;
  bool has_live_file = false;  // also when it needs none

  [[nodiscard]] bool IsMissing() const { return live_row == LiveRow::kMissing || !has_live_file; }
};

struct AttachmentPage {
  std::vector<Attachment> items;
  std::optional<std::int64_t> next_after;  // none: there are no more
};

struct AttachmentContent {
  std::string name;
  std::unique_ptr<RandomReader> source;
};

// What came of one attachment that was to be brought back.
enum class BroughtRow { kThere, kSameId, kNewId, kFailed };
enum class BroughtFile { kNone, kThere, kBrought, kDamaged, kFailed };
struct Brought {
  std::int64_t id = 0;  // in the backup
  std::string name;
  BroughtRow row = BroughtRow::kFailed;
  std::optional<std::int64_t> live_id;
  BroughtFile file = BroughtFile::kNone;
  std::string error;
};

[[nodiscard]] std::string_view NameOf(LiveRow row);
[[nodiscard]] std::string_view NameOf(BroughtRow row);
[[nodiscard]] std::string_view NameOf(BroughtFile file);

// Documents of a mounted backup beside the live ones. Thread-safe.
class Attachments {
 public:
  explicit Attachments(RescueDesk& desk) : desk_(desk) {}

  [[nodiscard]] Result<AttachmentPage> List(const Context& ctx, const domain::MountId& mount,
                                            const AttachmentQuery& query);
  // The very bytes, held against their checksum before the first is given. kNotFound,
  // kArchiveCorrupt; kPayloadTooLarge for a row that holds more than 64 MiB.
  [[nodiscard]] Result<AttachmentContent> Content(const Context& ctx, const domain::MountId& mount,
                                                  std::int64_t id);
  // Puts back what the live environment lacks of these: the file, under its name and with its
  // content's hash checked, never over one that is there; then the row, under its old id where
  // that is free. Odoo goes on serving. Each is told of; a failure of one leaves the others.
  [[nodiscard]] Result<std::vector<Brought>> BringBack(const Context& ctx,
                                                       const domain::MountId& mount,
                                                       const std::vector<std::int64_t>& ids);

 private:
  RescueDesk& desk_;
};

}  // namespace reprise::rescue
