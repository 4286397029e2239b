#pragma once

#include <functional>

#include "base/testing/fate.hpp"
#include "catalog/database.hpp"

namespace reprise::catalog::testing {

// A catalog as one process sees it: each transaction is made only as far as fate lets it. Fate's
// word after a write means that it was committed, but the answer was lost.
class FatedDatabase final : public Database {
 public:
  // Both must outlive it.
  FatedDatabase(Database& database, reprise::testing::Fate& fate)
      : database_(database), fate_(fate) {}

  Status Write(const std::function<Status(Transaction&)>& work) override {
    return Do("write", [&] { return database_.Write(work); });
  }
  Status WriteRows(const std::function<Status(Transaction&)>& work) override {
    return Do("write", [&] { return database_.WriteRows(work); });
  }
  Status Read(const std::function<Status(Transaction&)>& work) override {
    return Do("read", [&] { return database_.Read(work); });
  }

 private:
  Status Do(std::string_view name, const std::function<Status()>& call) {
    return reprise::testing::Fated(fate_, reprise::testing::World::kCatalog, name, call);
  }
  Database& database_;
  reprise::testing::Fate& fate_;
};

}  // namespace reprise::catalog::testing
