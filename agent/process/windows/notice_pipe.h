// The agent's end of the pipe of notices: many supervisors, each of which comes, writes a ticket of 8 bytes and goes.
// One executor, of an io_context that one thread runs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace assist::agent::process {

namespace asio = boost::asio;

class NoticePipe {
 public:
  /// `told` is given what one supervisor wrote, on the executor.
  using Told = std::function<void(std::string_view bytes)>;
  /// Makes a pipe with a random name and writes that into the file at `path`.
  static Result<std::unique_ptr<NoticePipe>> Make(const std::string& path, asio::any_io_executor executor, Told told);
  /// `told` is not called any more.
  ~NoticePipe();

 private:
  struct Listener;
  explicit NoticePipe(std::vector<std::shared_ptr<Listener>> listeners);
  std::vector<std::shared_ptr<Listener>> listeners_;
};

}  // namespace assist::agent::process
