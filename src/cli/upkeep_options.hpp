#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The commands of what happens by the clock. One struct per group: `verb` says which of its
// commands was typed.
namespace reprise::cli {

enum class ScheduleVerb { kList, kShow, kCreate, kChange, kOn, kOff, kRun, kDelete, kExplain };
struct ScheduleCommand {
  ScheduleVerb verb = ScheduleVerb::kList;
  std::string schedule;
  std::string environment;
  std::string cron;
  std::string time_zone;
  std::string name;
  bool drill = false;  // drills instead of backups
  bool no_filestore = false;
  bool incremental = false;
  bool off = false;
  bool detach = false;
};

enum class RetentionVerb { kShow, kSet, kReset, kPreview, kApply };
struct RetentionCommand {
  RetentionVerb verb = RetentionVerb::kShow;
  std::string environment;
  std::string project;  // instead of an environment
  std::optional<int> daily;
  std::optional<int> weekly;
  std::optional<int> monthly;
  std::optional<int> yearly;
  std::optional<int> before_changes_days;
  std::optional<int> manual_days;
  std::string time_zone;
  bool yes = false;
};

enum class SafeCopyVerb { kShow, kSet, kReset };
struct SafeCopyCommand {
  SafeCopyVerb verb = SafeCopyVerb::kShow;
  std::string project;
  std::vector<std::string> mask;   // "partners", …; "none" alone: nothing
  std::vector<std::string> rules;  // "table.column=how"; "none" alone: none
  std::string sql_file;            // "-": the input; empty: stays as it is
  bool no_sql = false;
  std::optional<int> sql_seconds;
};

struct BackupKeep {
  std::string backup;
  bool off = false;
};

enum class DrillVerb { kRun, kList, kShow, kReport };
struct DrillCommand {
  DrillVerb verb = DrillVerb::kList;
  std::string backup;
  std::string environment;  // its newest verified backup
  std::string drill;
  std::string output;  // file; empty: printed
  bool html = false;
  bool pdf = false;  // to a file
  bool detach = false;
};

enum class RescueVerb {
  kMount,
  kList,
  kShow,
  kTables,
  kRows,
  kCsv,
  kAttachments,
  kGet,
  kBringBack,
  kUnmount
};
struct RescueCommand {
  RescueVerb verb = RescueVerb::kList;
  std::string backup;
  std::string environment;
  std::string mount;
  std::string table;
  std::vector<std::int64_t> attachments;  // ids in the backup
  std::string text;                       // in a document's name
  std::string model;
  std::string to;  // file or folder; empty: here
  int hours = 4;
  int limit = 50;
  std::int64_t after = 0;  // rows to leave out, or an attachment's id
  bool differing = false;
  bool missing = false;
  bool detach = false;
};

enum class SnapshotVerb { kTake, kList, kShow, kRollBack, kRemove, kSettings };
struct SnapshotCommand {
  SnapshotVerb verb = SnapshotVerb::kList;
  std::string environment;
  std::string snapshot;  // id
  std::string name;
  std::optional<int> hours;  // until it is removed
  int keep_previous_hours = 24;
  bool keep_snapshot = false;
  std::string confirm;  // the environment's name
  std::optional<int> keep;
  bool all = false;           // also those of which nothing stands any more
  std::string after_restore;  // "on", "off"; empty: stays as it is
  bool yes = false;
  bool detach = false;
};

struct ProtectionCommand {
  std::string time_zone;
};

}  // namespace reprise::cli
