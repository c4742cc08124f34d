// A console for tests: collects.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/service/console.h"

namespace assist::cli {

class FakeConsole final : public Console {
 public:
  bool Out(std::string_view bytes) override {
    out += bytes;
    return !closed;
  }
  void Err(std::string_view lines) override { err += lines; }
  void Status(std::string_view line) override {
    if (!line.empty()) statuses.emplace_back(line);
  }
  [[nodiscard]] bool out_is_terminal() const override { return terminal; }
  [[nodiscard]] bool err_is_terminal() const override { return terminal; }
  [[nodiscard]] std::size_t columns() const override { return 80; }

  std::string out;
  std::string err;
  std::vector<std::string> statuses;
  bool terminal = false;
  bool closed = false;
};

}  // namespace assist::cli
