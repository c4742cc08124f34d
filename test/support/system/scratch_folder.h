// A folder for one test, empty at first, gone with all in it afterwards; on every system. Paths are with "/".
#pragma once

#include <filesystem>
#include <random>
#include <string>
#include <system_error>

namespace assist::test {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::random_device device;
    // create_directory() says whether it made the folder, so that no other test has it.
    do {
      path_ = (std::filesystem::temp_directory_path() / ("assist-test-" + std::to_string(device()))).generic_string();
    } while (!std::filesystem::create_directory(path_));
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace assist::test
