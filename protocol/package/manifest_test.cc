#include "protocol/package/manifest.h"

#include <gtest/gtest.h>

#include <string>

#include "protocol/json/json.h"

namespace assist::package {
namespace {

const std::string kHash(64, 'a');

Manifest Whole() {
  Manifest m;
  m.name = "nginx-conf";
  m.version = "1.2";
  m.os = "linux";
  m.arch = "amd64";
  m.sequence = 7;
  m.downgrade = true;
  m.stock = true;
  m.archive = {ArchiveFormat::kZip, kHash, std::string(32, 'b'), 100, 200, 3};
  m.scripts = {"install.sh", "sub/uninstall.sh", "verify.sh"};
  m.timeout = std::chrono::seconds(30);
  m.files = {{"install.sh", 5, kHash, 0755, ""},
             {"sub/uninstall.sh", 5, kHash, 0755, ""},
             {"verify.sh", 0, kHash, 0644, ""},
             {"sub/link", 0, "", 0644, "../install.sh"}};
  m.dependencies = {{"openssl", ">=3"}, {"zlib", ""}};
  m.description = "配置";
  m.publisher = "ops";
  m.expires = ParseIso8601("2027-01-31T00:00:00Z");
  return m;
}

json::Value Text(std::string_view text) {
  json::Value value;
  value.emplace_string() = text;
  return value;
}

/// WriteManifest(Whole()) with one member changed; a path of at most two names.
std::string With(std::string_view member, const json::Value& value, std::string_view inner = "") {
  json::Object object = *json::ParseObject(WriteManifest(Whole()));
  if (inner.empty()) {
    object[member] = value;
  } else if (object[member].is_array()) {
    object[member].as_array()[0].as_object()[inner] = value;
  } else {
    object[member].as_object()[inner] = value;
  }
  return json::Write(object);
}

TEST(ManifestTest, WhatIsWrittenIsReadBack) {
  const auto read = ParseManifest(WriteManifest(Whole()));
  ASSERT_TRUE(read) << read.error().detail;
  const Manifest whole = Whole();
  EXPECT_EQ(read->name + read->version + read->os + read->arch, "nginx-conf1.2linuxamd64");
  EXPECT_EQ(read->sequence, 7);
  EXPECT_TRUE(read->downgrade && read->stock);
  EXPECT_EQ(read->archive.format, ArchiveFormat::kZip);
  EXPECT_EQ(read->archive.sha256, kHash);
  EXPECT_EQ(read->archive.md5, whole.archive.md5);
  EXPECT_EQ(read->archive.size, 100);
  EXPECT_EQ(read->archive.unpacked_size, 200);
  EXPECT_EQ(read->archive.files, 3);
  EXPECT_EQ(read->scripts.install + read->scripts.uninstall + read->scripts.verify,
            "install.shsub/uninstall.shverify.sh");
  EXPECT_EQ(read->timeout, whole.timeout);
  EXPECT_EQ(read->files, whole.files);
  EXPECT_EQ(read->dependencies, whole.dependencies);
  EXPECT_EQ(read->description, "配置");
  EXPECT_EQ(read->publisher, "ops");
  EXPECT_EQ(read->expires, whole.expires);
}

TEST(ManifestTest, ANameIsThatOfAFolderOnEverySystem) {
  for (const char* good : {"a", "A_b", "a.b", "console", "com", "com0", "com10", "xcon", "a.con", "c", "lpt"}) {
    EXPECT_TRUE(IsName(good)) << good;
  }
  for (const char* bad :
       {"a.", "a..", "con", "CON", "nul.txt", "Prn.a.b", "aux", "com1", "COM9.x", "lpt1", "LPT9", ""}) {
    EXPECT_FALSE(IsName(bad)) << bad;
  }
}

TEST(ManifestTest, WhatIsWrongIsNamed) {
  const auto expect = [](const std::string& text, std::string_view name) {
    const auto read = ParseManifest(text);
    ASSERT_FALSE(read) << name;
    EXPECT_NE(read.error().detail.find(name), std::string::npos) << name << ": " << read.error().detail;
  };
  expect("[]", "JSON object");
  expect(With("Format", 2), "update");
  expect(With("Name", "a b"), "Name");
  expect(With("Name", "../x"), "Name");
  expect(With("Version", "1/2"), "Version");
  expect(With("Os", "plan9"), "Os");
  expect(With("Arch", "x64"), "Arch");
  expect(With("Sequence", 0), "Sequence");
  expect(With("Kind", "x"), "Kind");
  expect(With("Timeout", 0), "Timeout");
  expect(With("Timeout", 86'401), "Timeout");
  expect(With("Archive", nullptr), "Archive");
  expect(With("Archive", "rar", "Format"), "Format");
  expect(With("Archive", Text(std::string(64, 'A')), "Sha256"), "Sha256");
  expect(With("Archive", "12", "Md5"), "Md5");
  expect(With("Archive", 0, "Size"), "Size");
  expect(With("Archive", kMaxArchiveBytes + 1, "Size"), "Size");
  expect(With("Scripts", "../x", "Install"), "Install");
  expect(With("Scripts", "other.sh", "Install"), "Scripts");
  expect(With("Files", "/etc/passwd", "Path"), "Path");
  expect(With("Files", "verify.sh", "Path"), "Path");
  expect(With("Files", "x", "Sha256"), "Sha256");
  expect(With("Files", 04755, "Mode"), "Mode");
  for (const int mode : {0777, 0775, 0757, 0664, 0646}) expect(With("Files", mode, "Mode"), "Mode");
  expect(With("Dependencies", "nginx-conf", "Name"), "Name");
  expect(With("Dependencies", "1.2", "Version"), "Version");
  expect(With("Expires", "tomorrow"), "Expires");
  expect(With("Publisher", Text(std::string(65, 'x'))), "Publisher");
}

TEST(ManifestTest, APluginOfTheStockAgentIsDescribedInFull) {
  Manifest whole = Whole();
  whole.plugin =
      Plugin{"bin/main.sh", std::chrono::seconds(30), Plugin::Type::kPersist, std::chrono::seconds(60), true, true};
  const auto read = ParseManifest(WriteManifest(whole));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->plugin, whole.plugin);
  EXPECT_FALSE(ParseManifest(WriteManifest(Whole()))->plugin);
  const auto plain = ParseManifest(With("Plugin", *json::Parse(R"({"RunPath":"main.sh"})")));
  ASSERT_TRUE(plain && plain->plugin);
  EXPECT_EQ(plain->plugin->type, Plugin::Type::kOnce);
  EXPECT_EQ(plain->plugin->timeout, std::chrono::seconds(60));
  for (const char* wrong :
       {R"({})", R"({"RunPath":"../main.sh"})", R"({"RunPath":"m","Timeout":0})", R"({"RunPath":"m","Timeout":86401})",
        R"({"RunPath":"m","PluginType":"Often"})", R"({"RunPath":"m","HeartbeatInterval":-1})"}) {
    const auto refused = ParseManifest(With("Plugin", *json::Parse(wrong)));
    ASSERT_FALSE(refused) << wrong;
    EXPECT_TRUE(refused.error().detail.starts_with("Plugin.")) << refused.error().detail;
  }
  whole.stock = false;
  EXPECT_FALSE(ParseManifest(WriteManifest(whole)));
  whole.stock = true;
  whole.kind = Kind::kAgent;
  EXPECT_FALSE(ParseManifest(WriteManifest(whole)));
}

TEST(ManifestTest, ALinkStaysInsideThePackage) {
  const auto fits = [](std::string_view path, std::string_view link) {
    Manifest m = Whole();
    m.files.push_back({std::string(path), 0, "", 0644, std::string(link)});
    return ParseManifest(WriteManifest(m)).has_value();
  };
  EXPECT_TRUE(fits("l", "install.sh"));
  EXPECT_TRUE(fits("a/b/l", "../../install.sh"));
  EXPECT_FALSE(fits("a/l", "../../etc"));
  EXPECT_FALSE(fits("l", "/etc/passwd"));
  EXPECT_FALSE(fits("l", "a/../../b"));
  EXPECT_FALSE(fits("l", "C:x"));
}

TEST(ManifestTest, InnerPathsAreTheUsualOnesOnly) {
  for (const char* good : {"a", "a/b", "a.b/c d", "..a", "配置"}) EXPECT_TRUE(IsInnerPath(good)) << good;
  for (const char* bad : {"", "/a", "a/", "a//b", "a/../b", ".", "a/.", "a\\b", "C:/a", "a\nb", "a:stream"}) {
    EXPECT_FALSE(IsInnerPath(bad)) << bad;
  }
  std::string deep = "a";
  for (int i = 0; i < kMaxDepth; ++i) deep += "/a";
  EXPECT_TRUE(IsInnerPath(deep));
  EXPECT_FALSE(IsInnerPath(deep + "/a"));
}

TEST(ManifestTest, APlatformFitsByItsWords) {
  Manifest m = Whole();
  EXPECT_TRUE(Fits(m, "linux", "amd64"));
  EXPECT_FALSE(Fits(m, "windows", "amd64"));
  EXPECT_FALSE(Fits(m, "linux", "arm64"));
  m.os = m.arch = "all";
  EXPECT_TRUE(Fits(m, "freebsd", "arm64"));
}

TEST(ManifestTest, WhatIsNotSaidIsTheDefault) {
  json::Object object = *json::ParseObject(WriteManifest(Whole()));
  for (const char* member : {"Kind", "Os", "Arch", "Timeout", "Downgrade", "Stock", "Scripts", "Dependencies", "Files",
                             "Description", "Publisher", "Expires"}) {
    object.erase(member);
  }
  object["FromAFutureVersion"] = 1;
  const auto read = ParseManifest(json::Write(object));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->kind, Kind::kPackage);
  EXPECT_EQ(read->os + read->arch, "allall");
  EXPECT_EQ(read->timeout, std::chrono::seconds(600));
  EXPECT_FALSE(read->downgrade || read->stock || read->expires);
  EXPECT_TRUE(read->files.empty() && read->dependencies.empty() && read->scripts.install.empty());
}

TEST(ManifestTest, TheLongestIsTakenAndOneMoreIsNot) {
  const auto taken = [](const std::string& text) { return ParseManifest(text).has_value(); };
  EXPECT_TRUE(taken(With("Name", Text(std::string(64, 'n')))));
  EXPECT_FALSE(taken(With("Name", Text(std::string(65, 'n')))));
  EXPECT_TRUE(taken(With("Version", Text(std::string(32, '1')))));
  EXPECT_FALSE(taken(With("Version", Text(std::string(33, '1')))));
  EXPECT_TRUE(taken(With("Timeout", 86'400)));
  EXPECT_TRUE(taken(With("Archive", kMaxArchiveBytes, "Size")));
  EXPECT_TRUE(taken(With("Archive", kMaxUnpackedBytes, "UnpackedSize")));
  EXPECT_FALSE(taken(With("Archive", kMaxUnpackedBytes + 1, "UnpackedSize")));
  EXPECT_FALSE(taken(With("Archive", static_cast<std::int64_t>(kMaxFiles) + 1, "Files")));
  EXPECT_TRUE(taken(With("Description", Text(std::string(1024, 'd')))));
  EXPECT_FALSE(taken(With("Description", Text(std::string(1025, 'd')))));
  EXPECT_FALSE(taken(With("Publisher", Text("a\nb"))));
  Manifest m = Whole();
  m.dependencies.clear();
  for (std::size_t i = 0; i < kMaxDependencies; ++i) m.dependencies.push_back({"d" + std::to_string(i), ""});
  EXPECT_TRUE(taken(WriteManifest(m)));
  m.dependencies.push_back({"one-more", ""});
  EXPECT_FALSE(taken(WriteManifest(m)));
}

TEST(ManifestTest, EachKindAndSystemIsTaken) {
  for (const char* os : {"linux", "windows", "freebsd", "all"}) EXPECT_TRUE(ParseManifest(With("Os", os))) << os;
  for (const char* arch : {"amd64", "arm64", "386", "all"}) EXPECT_TRUE(ParseManifest(With("Arch", arch))) << arch;
  const auto agent = ParseManifest(With("Kind", "agent"));
  ASSERT_TRUE(agent);
  EXPECT_EQ(agent->kind, Kind::kAgent);
  EXPECT_EQ(ParseKind("agent"), Kind::kAgent);
  EXPECT_EQ(Name(Kind::kAgent), "agent");
  EXPECT_FALSE(ParseKind("Agent"));
}

TEST(ManifestTest, TooMuchIsRefused) {
  EXPECT_EQ(ParseManifest(std::string(kMaxManifestBytes + 1, ' ')).error().code, Errc::kTooLarge);
}

}  // namespace
}  // namespace assist::package
