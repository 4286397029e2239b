#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::postgres {

// Each may lock a table of its own until the end of its transaction, and a server has 6,400 locks
// where nobody has set another number.
constexpr std::size_t kMostCommentsAtOnce = 3'000;

// What is loaded of a custom dump, chosen from what `pg_restore -l` lists.
struct RestoreList {
  std::string list;  // what `pg_restore -L` takes
  std::vector<std::string> extensions;
  std::size_t entries = 0;
  std::size_t seen = 0;  // of them those that a Standing counts
  // Comments, half of all that a dump of Odoo has, in lists of at most kMostCommentsAtOnce: each
  // list is for one transaction.
  std::vector<std::string> comments;
  // The same for foreign keys and the comments on constraints, which may be on foreign keys.
  std::string foreign_keys;
  std::size_t foreign_key_entries = 0;
};

// Leaves out what the administrator makes beforehand (extensions) and what a restore's role may not
// or must not make (grants, event triggers, publications, subscriptions, the public schema), with
// the comments on it. An entry is judged by its type, never by the names in it, which strangers
// chose.
[[nodiscard]] RestoreList ChooseEntries(std::string_view listing);

// Whether an entry of `pg_restore -l`, without its numbers, is one that a Standing (load_watch.hpp)
// counts.
[[nodiscard]] bool IsSeenInCatalog(std::string_view entry);

}  // namespace reprise::postgres
