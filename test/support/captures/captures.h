// Reads the captured conversations of test/data/captures (its README has the format), so that tests replay what real
// agents send. Tests only. Ends the test program when a file is missing or broken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assist::test {

struct CapturedFrame {
  std::string from;  ///< `agent`, `server`, `client`
  std::string opcode;
  std::string payload;
};

struct CapturedExchange {
  std::string kind;  ///< `http`, `websocket`, `websocket_frame`, `gshell`
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  int status = 0;  ///< 0: no answer came.
  std::string response_body;
  std::vector<CapturedFrame> frames;  ///< One in a `websocket_frame`.

  [[nodiscard]] std::string_view path() const;
  [[nodiscard]] std::string_view query() const;  ///< Without the question mark.
  /// Empty when absent.
  [[nodiscard]] std::string Header(std::string_view name) const;
};

/// The conversation `name` (without `.json`), in the order of time.
[[nodiscard]] std::vector<CapturedExchange> LoadCapture(std::string_view name);
/// All conversations, sorted.
[[nodiscard]] std::vector<std::string> CaptureNames();

}  // namespace assist::test
