// A machine of a test: its files, its links, and what was run on it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/service_framework/service_host.h"

namespace assist {

class FakeServiceHost final : public ServiceHost {
 public:
  struct File {
    std::string text;
    unsigned mode = 0;
    bool operator==(const File&) const = default;
  };
  std::map<std::string, File> files;
  std::map<std::string, std::string> links;
  std::set<std::string> users;
  std::vector<std::string> ran;      ///< Command lines, in order.
  std::map<std::string, int> codes;  ///< Exit codes of command lines; 0 else.
  std::set<std::string> read_only;   ///< Paths that cannot be written.

  [[nodiscard]] bool Exists(const std::string& path) const override {
    return files.count(path) > 0 || links.count(path) > 0;
  }
  Status Write(const std::string& path, const std::string& text, unsigned mode) override {
    if (read_only.count(path) > 0) return Fail(Errc::kDenied, "cannot write " + path + ": Permission denied");
    files[path] = {text, mode};
    return {};
  }
  Status Remove(const std::string& path) override {
    files.erase(path);
    links.erase(path);
    return {};
  }
  Status Link(const std::string& path, const std::string& target) override {
    links[path] = target;
    return {};
  }
  Result<int> Run(const std::vector<std::string>& words) override {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    ran.push_back(line);
    const auto code = codes.find(line);
    return code == codes.end() ? 0 : code->second;
  }
  [[nodiscard]] bool UserExists(const std::string& name) const override { return users.count(name) > 0; }
};

}  // namespace assist
