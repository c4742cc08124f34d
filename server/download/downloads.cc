#include "server/download/downloads.h"

#include <algorithm>

#include "protocol/encoding/percent.h"
#include "server/artifacts/sent_file.h"

namespace assist::server::download {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kNothing =
    "This server has no packages. What scripts/package.sh makes goes, as it is, into the folder `packages` of the "
    "server's data.\n";

HttpResponse Text(int status, std::string body) {
  HttpResponse response = MakeResponse(status, kText, std::move(body));
  response.headers.Add("X-Content-Type-Options", "nosniff");
  response.headers.Add("Cache-Control", "no-cache");
  return response;
}

HttpResponse Later(std::string body) {
  HttpResponse response = Text(503, std::move(body));
  response.headers.Add("Retry-After", "5");
  return response;
}

std::string Index(const Catalogue& catalogue) {
  std::string text;
  const auto line = [&text](std::string_view name, std::string_view what) {
    text.append(name).append(what.empty() ? "" : "  ").append(what).append("\n");
  };
  // The fault may name paths of the server, which are nobody's here.
  if (!catalogue.fault.empty()) line("SHA256SUMS", "not served: the server's log says why");
  if (!catalogue.install_sh.empty()) line("install.sh", "");
  if (!catalogue.install_ps1.empty()) line("install.ps1", "");
  for (const Entry& entry : catalogue.entries) line(entry.listed.file, entry.fault.empty() ? "" : "not served");
  if (catalogue.fault.empty()) line("SHA256SUMS", "");
  if (!catalogue.signature.empty()) line("SHA256SUMS.sig", "");
  return text;
}

}  // namespace

std::shared_ptr<void> Downloads::TakePlace(const std::string& peer) {
  const std::scoped_lock lock(mutex_);
  int& mine = sending_[peer];
  if (mine >= options_.most_of_one || sending_all_ >= options_.most) {
    if (mine == 0) sending_.erase(peer);
    return nullptr;
  }
  ++mine;
  ++sending_all_;
  const auto give_back = [this, peer](void*) {
    const std::scoped_lock again(mutex_);
    --sending_all_;
    const auto at = sending_.find(peer);
    if (--at->second == 0) sending_.erase(at);
  };
  return {static_cast<void*>(this), give_back};
}

asio::awaitable<std::shared_ptr<const Catalogue>> Downloads::Look() {
  {
    const std::scoped_lock lock(mutex_);
    if (told_ != nullptr && clock_.Steady() < look_again_) co_return told_;
  }
  // In a pool of one thread: who comes while changed files are read waits for them there.
  auto look = [this] {
    auto found = reader_.Read();
    const std::scoped_lock lock(mutex_);
    look_again_ = clock_.Steady() + options_.look_every;
    if (found != told_) {
      if (!found->fault.empty()) log_.Warn("download.sums", {{"why", found->fault}});
      for (const Entry& entry : found->entries) {
        if (!entry.fault.empty()) log_.Warn("download.file", {{"file", entry.listed.file}, {"why", entry.fault}});
      }
      told_ = found;
    }
    return found;
  };
  auto catalogue = co_await pool_.Run(std::move(look));
  co_return catalogue;
}

asio::awaitable<HttpResponse> Downloads::ServeFile(const HttpRequest& request, std::string peer,
                                                   std::shared_ptr<const Catalogue> catalogue, const Entry& entry) {
  if (!entry.fault.empty()) co_return Later(entry.listed.file + " cannot be served: see the server's log\n");
  std::shared_ptr<void> place = TakePlace(peer);
  if (place == nullptr) co_return Later("Too many downloads at a time; try again in a moment.\n");
  auto open = [this, catalogue, &entry] { return reader_.Open(entry); };
  auto opened = co_await pool_.Run(std::move(open));
  if (!opened) {
    log_.Warn("download.file", {{"file", entry.listed.file}, {"why", opened.error().detail}});
    co_return Later(entry.listed.file + " is being changed; try again\n");
  }
  const std::string tag = '"' + entry.listed.sha256 + '"';
  std::optional<artifacts::ByteRange> range;
  const std::string* only_if = request.headers.Find("If-Range");
  if (request.method == "GET" && (only_if == nullptr || *only_if == tag)) {
    range = artifacts::ReadRange(request.headers.Get("Range"), entry.stamp.size);
  }
  HttpResponse response = MakeResponse(range ? 206 : 200, "application/octet-stream", "");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  response.headers.Add("Cache-Control", "no-cache");
  response.headers.Add("Accept-Ranges", "bytes");
  response.headers.Add("ETag", tag);
  const std::string whole = std::to_string(entry.stamp.size);
  if (range && range->size == 0) {
    response = Text(416, entry.listed.file + " has " + whole + " bytes\n");
    response.headers.Add("Content-Range", "bytes */" + whole);
    co_return response;
  }
  if (range) {
    response.headers.Add("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                              std::to_string(range->first + range->size - 1) + "/" + whole);
  }
  response.source =
      artifacts::MakeFileBody(pool_, std::move(*opened), entry.listed.file,
                              range.value_or(artifacts::ByteRange{0, entry.stamp.size}), std::move(place));
  co_return response;
}

asio::awaitable<HttpResponse> Downloads::Handle(const HttpRequest& request, std::string peer) {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = Text(405, "Packages are read with GET.\n");
    response.headers.Add("Allow", "GET, HEAD");
    co_return response;
  }
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  const std::string name = encoding::PercentDecode(path.substr(std::min(kPath.size(), path.size())));
  auto catalogue = co_await Look();
  if (!catalogue->found) co_return Text(404, std::string(kNothing));
  if (name.empty()) co_return Text(200, Index(*catalogue));
  if (name == "install.sh" && !catalogue->install_sh.empty()) co_return Text(200, catalogue->install_sh);
  if (name == "install.ps1" && !catalogue->install_ps1.empty()) co_return Text(200, catalogue->install_ps1);
  if (name == "SHA256SUMS" && catalogue->fault.empty()) co_return Text(200, catalogue->sums);
  if (name == "SHA256SUMS.sig" && !catalogue->signature.empty()) {
    co_return MakeResponse(200, "application/octet-stream", catalogue->signature);
  }
  if (const Entry* entry = catalogue->Find(name)) {
    HttpResponse response = co_await ServeFile(request, std::move(peer), catalogue, *entry);
    co_return response;
  }
  co_return Text(404, "There is no such file; /download/ lists what there is.\n");
}

}  // namespace assist::server::download
