#pragma once

#include <stop_token>

#include "catalog/stores.hpp"
#include "odoo/environment_service.hpp"

namespace reprise::upkeep {

// Removes temporary environments whose time is over. Every node may run one: whoever moves the time
// on, in the transaction that queues the removal, has it. Thread-safe.
class ExpiryService {
 public:
  struct Parts {
    catalog::EnvironmentStore& environments;
    odoo::EnvironmentService& service;
    const Clock& clock;
  };
  explicit ExpiryService(Parts parts) : parts_(parts) {}

  // Looks every few seconds until stopped. Trouble is logged, and tried again.
  void Run(const std::stop_token& stop);
  // Queues the removal of what is over now; one that is busy is left for the next look.
  [[nodiscard]] Status Tick();

 private:
  Parts parts_;
};

}  // namespace reprise::upkeep
