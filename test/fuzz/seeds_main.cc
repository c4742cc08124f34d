// fuzz-seeds FOLDER: writes the seeds of each target to FOLDER/<target>/, and prints the targets.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "test/fuzz/targets.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: fuzz-seeds FOLDER\n", stderr);
    return 2;
  }
  for (const auto& target : assist::fuzz::Targets()) {
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / target.name;
    std::filesystem::create_directories(folder);
    int number = 0;
    for (const std::string& seed : assist::fuzz::SeedsOf(target.name)) {
      std::ofstream file(folder / ("seed" + std::to_string(number++)), std::ios::binary);
      file << seed;
      if (!file.flush()) {
        std::fprintf(stderr, "cannot write to %s\n", folder.c_str());
        return 1;
      }
    }
    std::printf("%s\n", std::string(target.name).c_str());
  }
}
