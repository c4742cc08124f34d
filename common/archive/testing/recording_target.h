// A target that keeps in memory what it was given. One thread.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/archive/archive.h"

namespace assist::archive::test {

class RecordingTarget final : public UnpackTarget {
 public:
  Status MakeFolder(const std::string& path) override {
    calls.push_back("folder " + path);
    return Answer();
  }
  Status OpenFile(const std::string& path) override {
    calls.push_back("file " + path);
    open_ = path;
    files[path];
    return Answer();
  }
  Status Append(std::string_view bytes) override {
    files[open_] += bytes;
    most_at_once = std::max(most_at_once, bytes.size());
    return Answer();
  }
  Status FinishFile(unsigned mode) override {
    modes[open_] = mode;
    return Answer();
  }
  Status MakeLink(const std::string& path, const std::string& link) override {
    calls.push_back("link " + path + " " + link);
    return Answer();
  }

  std::vector<std::string> calls;  ///< "folder a", "file a/b", "link a/c b"
  std::map<std::string, std::string> files;
  std::map<std::string, unsigned> modes;
  std::size_t most_at_once = 0;
  int fails_at = -1;  ///< The call, counted from 0, that fails with kNoSpace.

 private:
  Status Answer() {
    if (call_++ == fails_at) return Fail(Errc::kUnavailable, "full", reason::kNoSpace);
    return {};
  }
  std::string open_;
  int call_ = 0;
};

}  // namespace assist::archive::test
