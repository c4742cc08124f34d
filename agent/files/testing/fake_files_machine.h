// A machine for tests of FileEngine: task_engine's, with folders to which files are sent. Only tests include it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/files/file_engine.h"
#include "agent/files/testing/fake_target_files.h"
#include "agent/task_engine/testing/fake_machine.h"
#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"

namespace assist::agent::files {

class FakeFilesMachine : public task_engine::FakeMachine {
 public:
  ~FakeFilesMachine() override { Kill(); }

  void EngineMade() override {
    targets = std::make_unique<FakeTargetFiles>(io->get_executor(), *disk, world);
    files =
        std::make_unique<FileEngine>(files_options, io->get_executor(), clock, random, *targets, *journal, *sink, log);
  }
  void EngineStarted() override { files->Start(); }
  void EngineGoes() override { files.reset(); }

  /// To /srv, unless said otherwise.
  static wire::FileTask File(const std::string& id, std::int64_t delivery, const std::string& name,
                             const std::string& bytes, bool overwrite = false) {
    wire::FileTask file;
    file.task_id = id;
    file.name = name;
    file.destination = "/srv";
    file.content = Secret<std::string>(encoding::Base64Encode(bytes));
    file.signature = Md5Hex(file.content.Reveal());
    file.overwrite = overwrite;
    file.assist.emplace();
    file.assist->delivery = delivery;
    return file;
  }
  static wire::FileTask ToStock(wire::FileTask file) {
    file.assist.reset();
    return file;
  }
  task_engine::Accepted Send(std::vector<wire::FileTask> list) {
    auto accepted = Call(files->Accept(std::move(list)));
    return accepted.value_or(task_engine::Accepted{});
  }
  task_engine::Accepted Send(wire::FileTask file) { return Send(std::vector<wire::FileTask>(1, std::move(file))); }

  [[nodiscard]] bool Has(const std::string& name) const { return disk->Has(FakeTargetFiles::PathOf("/srv", name)); }
  /// What the file holds.
  [[nodiscard]] std::string Bytes(const std::string& name) const {
    return FakeTargetFiles::Bytes(disk->Content(FakeTargetFiles::PathOf("/srv", name)));
  }
  [[nodiscard]] const World::Made& Made(const std::string& name) {
    return world.made[FakeTargetFiles::Serial(disk->Content(FakeTargetFiles::PathOf("/srv", name)))];
  }
  /// Somebody on the machine writes a file of their own.
  void Put(const std::string& name, const std::string& bytes) {
    disk->Put(FakeTargetFiles::PathOf("/srv", name), "edit" + std::to_string(++world.next) + "|" + bytes);
  }
  /// `accepted; finish Success 0`, `invalid FileExist a.txt` …: what the reports of a file say.
  [[nodiscard]] std::string Told(const std::string& id) const {
    std::string text;
    for (const auto& report : sink->Of(id)) {
      if (!text.empty()) text += "; ";
      text += Name(report.kind);
      if (!report.file) text += " of no file";
      if (report.file && !report.file->status.empty()) {
        text += " " + report.file->status + " " + std::to_string(report.file->error_code);
      }
      if (!report.param.empty()) text += " " + report.param + " " + report.value;
      if (!report.err_code.empty()) text += " " + report.err_code;
    }
    return text;
  }

  Options files_options;
  World world;
  std::unique_ptr<FakeTargetFiles> targets;
  std::unique_ptr<FileEngine> files;
};

class FilesTest : public ::testing::Test, protected FakeFilesMachine {};

}  // namespace assist::agent::files
