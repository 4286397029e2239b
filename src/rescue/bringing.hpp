#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "rescue/attachments.hpp"
#include "rescue/bring_files.hpp"

namespace reprise::rescue {

// Documents on their way back into a live environment, of one call. Borrows what it is given.
class Bringing {
 public:
  Bringing(const RescueDesk& desk, const OpenMount& open, const LiveOdoo& live)
      : desk_(desk), open_(open), live_(live) {}

  // What came of each of `ids`, once, in their order. Fails only while nothing has come back yet:
  // from then on each is told of, whatever happens. Once.
  [[nodiscard]] Result<std::vector<Brought>> Bring(const Context& ctx,
                                                   const std::vector<std::int64_t>& ids);

 private:
  [[nodiscard]] Brought BringOne(const Context& ctx, std::int64_t id) const;
  void BringRow(const Context& ctx, const Attachment& one, Brought& brought) const;
  // Until a row named it, the running Odoo may have collected a file as one that nobody needs.
  void BringWhatWentMeanwhile(const Context& ctx, std::vector<Brought>& told) const;

  const RescueDesk& desk_;
  const OpenMount& open_;
  const LiveOdoo& live_;
  std::vector<Attachment> found_;  // of the backup
  std::map<std::string, FileOutcome> files_;
  std::map<std::int64_t, std::int64_t> other_ids_;  // under which the live database has them
};

}  // namespace reprise::rescue
