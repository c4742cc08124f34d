#include "server/download/downloads.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "common/async/manual_clock.h"
#include "common/crypto/hash.h"
#include "common/net/http_body.h"
#include "common/posix/file.h"
#include "common/runtime/thread_blocking_pool.h"
#include "server/artifacts/sent_file.h"

namespace assist::server::download {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kDeb = "assist-agent_1.0-1_amd64.deb";

class DownloadsTest : public testing::Test {
 protected:
  static std::string MakeFolder() {
    std::string name = testing::TempDir() + "downloads-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    return name;
  }
  ~DownloadsTest() override { std::filesystem::remove_all(folder_); }

  void Put(const std::string& name, std::string_view bytes) {
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/" + name, bytes, 0644));
  }
  /// SHA256SUMS of these files as they are.
  void List(const std::vector<std::string>& names) {
    std::string sums;
    for (const std::string& name : names) {
      sums += Sha256Hex(ReadFile(folder_ + "/" + name, 1 << 20).value()) + "  " + name + "\n";
    }
    Put("SHA256SUMS", sums);
  }
  [[nodiscard]] CatalogueReader Reader() const { return {folder_, "sha256:feed"}; }
  template <class T>
  T Run(asio::awaitable<T> work) {
    asio::io_context io;
    std::optional<T> got;
    asio::co_spawn(io, std::move(work), [&got](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      got.emplace(std::move(value));
    });
    auto hold = asio::make_work_guard(io);
    while (!got && io.run_one() > 0) {
    }
    return std::move(*got);
  }
  HttpResponse Get(const std::string& target, HttpHeaders headers = {}, const std::string& method = "GET") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    return Run(downloads_.Handle(request, peer_));
  }
  /// The body, read in pieces of `size`; what went wrong in braces.
  std::string BodyOf(const HttpResponse& response, std::size_t size = 7) {
    if (!response.source) return response.body;
    std::string body;
    while (body.size() < response.source->size()) {
      std::string piece(std::min<std::size_t>(size, response.source->size() - body.size()), '\0');
      const Status read = Run(response.source->Read(piece));
      if (!read) return "{" + read.error().detail + "}";
      body += piece;
    }
    return body;
  }

  const std::string folder_ = MakeFolder();
  Log log_;
  ThreadBlockingPool pool_{1};
  ManualClock clock_;
  std::string peer_ = "192.0.2.1";
  Downloads downloads_{MakeOptions(), pool_, clock_, log_};

 private:
  Downloads::Options MakeOptions() const {
    Downloads::Options options;
    options.folder = folder_;
    options.ca_fingerprint = "sha256:feed";
    options.look_every = std::chrono::milliseconds(0);
    options.most = 5;
    options.most_of_one = 3;
    return options;
  }
};

TEST_F(DownloadsTest, WithoutPackagesItSaysWhereTheyGo) {
  for (const char* path : {"/download", "/download/", "/download/install.sh", "/download/x"}) {
    const HttpResponse response = Get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_THAT(response.body, HasSubstr("folder `packages`"));
    EXPECT_THAT(response.body, Not(HasSubstr(folder_)));
  }
}

TEST_F(DownloadsTest, ListedFilesAreServedAndNothingElse) {
  Put(kDeb, "0123456789");
  Put("secret", "s");
  Put("assist-server_1.0-1_amd64.deb", "server");
  List({kDeb, "assist-server_1.0-1_amd64.deb"});
  const HttpResponse whole = Get("/download/" + kDeb);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.headers.Get("Content-Type"), "application/octet-stream");
  EXPECT_EQ(whole.headers.Get("ETag"), '"' + Sha256Hex("0123456789") + '"');
  EXPECT_EQ(BodyOf(whole), "0123456789");
  EXPECT_EQ(BodyOf(Get("/download/assist-agent_1.0-1_amd64%2Edeb?x=1")), "0123456789");
  for (const char* other :
       {"/download/secret", "/download/../secret", "/download/%2e%2e/secret", "/download//secret"}) {
    EXPECT_EQ(Get(other).status, 404) << other;
  }
  EXPECT_EQ(Get("/download/").body, "install.sh\n" + kDeb + "\nassist-server_1.0-1_amd64.deb\nSHA256SUMS\n");
  EXPECT_THAT(Get("/download/SHA256SUMS").body, HasSubstr("  " + kDeb + "\n"));
  EXPECT_EQ(Get("/download/SHA256SUMS.sig").status, 404);
  Put("SHA256SUMS.sig", "signature");
  EXPECT_EQ(Get("/download/SHA256SUMS.sig").body, "signature");
  const HttpResponse refused = Get("/download/" + kDeb, {}, "POST");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.Get("Allow"), "GET, HEAD");
}

TEST_F(DownloadsTest, ABrokenDownloadGoesOn) {
  Put(kDeb, "0123456789");
  List({kDeb});
  const HttpResponse rest = Get("/download/" + kDeb, {{"Range", "bytes=4-"}});
  EXPECT_EQ(rest.status, 206);
  EXPECT_EQ(rest.headers.Get("Content-Range"), "bytes 4-9/10");
  EXPECT_EQ(BodyOf(rest, 4), "456789");
  EXPECT_EQ(BodyOf(Get("/download/" + kDeb, {{"Range", "bytes=2-3"}})), "23");
  EXPECT_EQ(BodyOf(Get("/download/" + kDeb, {{"Range", "bytes=-3"}})), "789");
  EXPECT_EQ(Get("/download/" + kDeb, {{"Range", "bytes=11-"}}).status, 416);
  const HttpResponse beyond = Get("/download/" + kDeb, {{"Range", "bytes=10-"}});
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.headers.Get("Content-Range"), "bytes */10");
  // What was begun of another file is not continued with this one.
  EXPECT_EQ(BodyOf(Get("/download/" + kDeb, {{"Range", "bytes=4-"}, {"If-Range", "\"other\""}})), "0123456789");
  const std::string tag = '"' + Sha256Hex("0123456789") + '"';
  EXPECT_EQ(BodyOf(Get("/download/" + kDeb, {{"Range", "bytes=4-"}, {"If-Range", tag}})), "456789");
  for (const char* all : {"", "bytes=", "bytes=x-", "items=1-2", "bytes=5-4", "bytes=1-2,4-5", "bytes=-x", "bytes=1"}) {
    EXPECT_FALSE(artifacts::ReadRange(all, 10)) << all;
  }
  EXPECT_EQ(artifacts::ReadRange("bytes=-99", 10)->size, 10u);
  EXPECT_EQ(artifacts::ReadRange("bytes=0-99999999999999999", 10)->size, 10u);
  EXPECT_FALSE(artifacts::ReadRange("bytes=0-99999999999999999999999", 10));
  EXPECT_EQ(artifacts::ReadRange("bytes=0-", 0)->size, 0u);
}

TEST_F(DownloadsTest, AFileThatIsNotAsListedIsNotServed) {
  Put(kDeb, "0123456789");
  Put("assist-agent-1.0-linux-x86_64.tar.gz", "tar");
  List({kDeb, "assist-agent-1.0-linux-x86_64.tar.gz"});
  const std::string before = Get("/download/install.sh").body;
  EXPECT_THAT(before, HasSubstr("deb amd64 "));
  EXPECT_THAT(before, HasSubstr("ca_fingerprint='sha256:feed'"));
  Put(kDeb, "012345678X");
  EXPECT_EQ(Get("/download/" + kDeb).status, 503);
  EXPECT_THAT(Get("/download/").body, HasSubstr(kDeb + "  not served\n"));
  EXPECT_THAT(Get("/download/install.sh").body, Not(HasSubstr("deb amd64 ")));
  ASSERT_TRUE(RemoveFile(folder_ + "/" + kDeb));
  EXPECT_EQ(Get("/download/" + kDeb).status, 503);
  // No links, not even to the same bytes: what they name may change under another's hand.
  Put("elsewhere", "0123456789");
  ASSERT_EQ(::symlink((folder_ + "/elsewhere").c_str(), (folder_ + "/" + kDeb).c_str()), 0);
  EXPECT_EQ(Get("/download/" + kDeb).status, 503);
  ASSERT_TRUE(RemoveFile(folder_ + "/" + kDeb));
  ASSERT_EQ(::mkfifo((folder_ + "/" + kDeb).c_str(), 0644), 0);
  EXPECT_EQ(Get("/download/" + kDeb).status, 503);
  ASSERT_TRUE(RemoveFile(folder_ + "/" + kDeb));
  Put(kDeb, "0123456789");
  EXPECT_EQ(Get("/download/install.sh").body, before);
  EXPECT_EQ(BodyOf(Get("/download/" + kDeb)), "0123456789");
}

TEST_F(DownloadsTest, NewPackagesMakeANewScript) {
  Put(kDeb, "one");
  List({kDeb});
  const std::string before = Get("/download/install.sh").body;
  EXPECT_EQ(Get("/download/install.sh").body, before);
  EXPECT_EQ(Get("/download/install.ps1").status, 404);
  Put(kDeb, "two");
  Put("assist-agent-1.0-windows-amd64-setup.exe", "exe");
  List({kDeb, "assist-agent-1.0-windows-amd64-setup.exe"});
  EXPECT_THAT(Get("/download/install.sh").body, HasSubstr(Sha256Hex("two")));
  EXPECT_THAT(Get("/download/install.ps1").body, HasSubstr(Sha256Hex("exe")));
}

TEST_F(DownloadsTest, NotEverybodyDownloadsAtATime) {
  Put(kDeb, "0123456789");
  List({kDeb});
  std::vector<HttpResponse> running;
  for (int i = 0; i < 3; ++i) running.push_back(Get("/download/" + kDeb));
  const HttpResponse refused = Get("/download/" + kDeb);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.Get("Retry-After"), "5");
  EXPECT_EQ(Get("/download/install.sh").status, 200) << "texts are no downloads";
  peer_ = "192.0.2.2";
  for (int i = 0; i < 2; ++i) running.push_back(Get("/download/" + kDeb));
  EXPECT_EQ(running.back().status, 200);
  peer_ = "192.0.2.3";
  EXPECT_EQ(Get("/download/" + kDeb).status, 503);
  running.pop_back();
  EXPECT_EQ(Get("/download/" + kDeb).status, 200);
  running.clear();
  peer_ = "192.0.2.1";
  EXPECT_EQ(Get("/download/" + kDeb).status, 200);
}

TEST_F(DownloadsTest, WithoutDescriptorsWhatWasKnownStays) {
  Put(kDeb, "0123456789");
  List({kDeb});
  const std::string before = Get("/download/install.sh").body;
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  rlimit none = old;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  auto catalogue = Reader().Read();  // a new one knows nothing
  const std::string during = std::string(catalogue->install_sh);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old), 0);
  EXPECT_EQ(during, "");
  CatalogueReader reader = Reader();
  const auto good = reader.Read();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto kept = reader.Read();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old), 0);
  EXPECT_EQ(kept, good);
  EXPECT_EQ(kept->install_sh, before);
}

TEST_F(DownloadsTest, AListThatIsNoneServesNothing) {
  Put(kDeb, "one");
  Put("SHA256SUMS", "nonsense\n");
  EXPECT_EQ(Get("/download/" + kDeb).status, 404);
  EXPECT_THAT(Get("/download/").body, HasSubstr("SHA256SUMS  not served: the server's log says why\n"));
}

TEST_F(DownloadsTest, AFileThatShrinksWhileItIsSentEndsTheAnswer) {
  Put(kDeb, "0123456789");
  List({kDeb});
  const HttpResponse whole = Get("/download/" + kDeb);
  ASSERT_EQ(::truncate((folder_ + "/" + kDeb).c_str(), 5), 0);
  EXPECT_THAT(BodyOf(whole), HasSubstr("became shorter"));
  // A new file under the old name does not disturb who reads the old one.
  Put(kDeb, "0123456789");
  const HttpResponse again = Get("/download/" + kDeb);
  Put(kDeb, "changed");
  EXPECT_EQ(BodyOf(again), "0123456789");
}

}  // namespace
}  // namespace assist::server::download
