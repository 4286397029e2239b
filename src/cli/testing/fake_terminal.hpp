#pragma once

#include <deque>
#include <string>

#include "cli/terminal.hpp"

namespace reprise::cli::testing {

// Keeps what is printed; types what it was told.
class FakeTerminal final : public Terminal {
 public:
  void Out(std::string_view text) override { out += text; }
  void Err(std::string_view text) override { err += text; }
  [[nodiscard]] bool can_ask() const override { return asks; }
  [[nodiscard]] bool can_redraw() const override { return redraws; }
  [[nodiscard]] int width() const override { return 100; }
  [[nodiscard]] std::optional<std::string> ReadLine() override {
    if (typed.empty()) return std::nullopt;
    std::string line = typed.front();
    typed.pop_front();
    return line;
  }

  [[nodiscard]] std::optional<std::string> ReadSecret() override { return ReadLine(); }

  std::string out;
  std::string err;
  std::deque<std::string> typed;
  bool asks = false;
  bool redraws = false;
};

}  // namespace reprise::cli::testing
