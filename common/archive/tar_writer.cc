// ustar, with a pax header where a name or a size does not fit, in one zstd frame with a checksum.
#include <zstd.h>

#include <algorithm>

#include "common/archive/tar_header.h"
#include "common/archive/writing.h"

namespace assist::archive {
namespace {

constexpr int kWindowLog = 23;  // 8 MiB: what an agent takes to unpack it
constexpr std::uint64_t kMostSize = 077777777777;
constexpr std::size_t kMostLink = 100;

class TarZstWriter final : public CheckedWriter {
 public:
  TarZstWriter(ArchiveSink& sink, const WriteOptions& options)
      : CheckedWriter(sink, options), context_(ZSTD_createCCtx()), out_(ZSTD_CStreamOutSize(), '\0') {
    if (!context_) return;
    const auto set = [this](ZSTD_cParameter what, int value) {
      return ZSTD_isError(ZSTD_CCtx_setParameter(context_.get(), what, value)) == 0;
    };
    ready_ = set(ZSTD_c_compressionLevel, std::clamp(options.zstd_level, 1, 19)) && set(ZSTD_c_windowLog, kWindowLog) &&
             set(ZSTD_c_checksumFlag, 1);
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  };

  Status WriteFolder(const std::string& path) override {
    tar::Header header;
    header.type = tar::kFolder;
    header.name = path + "/";
    header.mode = 0755;
    return WriteHeader(std::move(header));
  }

  Status WriteLink(const std::string& path, const std::string& link) override {
    tar::Header header;
    header.type = tar::kLink;
    header.name = path;
    header.link = link;
    header.mode = 0777;
    return WriteHeader(std::move(header));
  }

  Status BeginFile(const std::string& path, unsigned mode, std::uint64_t size) override {
    tar::Header header;
    header.name = path;
    header.mode = mode;
    header.size = size;
    padding_ = (tar::kBlock - size % tar::kBlock) % tar::kBlock;
    return WriteHeader(std::move(header));
  }

  Status WriteData(std::string_view bytes) override { return Compress(bytes, ZSTD_e_continue); }
  Status EndFile() override { return Compress(std::string(padding_, '\0'), ZSTD_e_continue); }
  Status End() override { return Compress(std::string(2 * tar::kBlock, '\0'), ZSTD_e_end); }

  Status WriteHeader(tar::Header header) {
    std::string records;
    if (!tar::NameFits(header.name)) {
      records += tar::RenderPax("path", header.name);
      header.name = header.name.substr(0, 90) + (header.type == tar::kFolder ? "/" : "");
    }
    if (header.link.size() > kMostLink) {
      records += tar::RenderPax("linkpath", header.link);
      header.link.resize(kMostLink);
    }
    if (header.size > kMostSize) {
      records += tar::RenderPax("size", std::to_string(header.size));
      header.size = 0;
    }
    if (!records.empty()) {
      tar::Header pax;
      pax.type = tar::kPax;
      pax.name = "PaxHeader";
      pax.mode = 0644;
      pax.size = records.size();
      if (Status done = WriteBlock(pax); !done) return done;
      records.resize((records.size() + tar::kBlock - 1) / tar::kBlock * tar::kBlock, '\0');
      if (Status done = Compress(records, ZSTD_e_continue); !done) return done;
    }
    return WriteBlock(header);
  }

  Status WriteBlock(const tar::Header& header) {
    auto block = tar::RenderHeader(header, time());
    if (!block) return Forward(block);
    return Compress(*block, ZSTD_e_continue);
  }

  Status Compress(std::string_view bytes, ZSTD_EndDirective how) {
    if (!ready_) return Fail(Errc::kUnavailable, "no memory to pack a tar.zst");
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (true) {
      ZSTD_outBuffer out{out_.data(), out_.size(), 0};
      const std::size_t left = ZSTD_compressStream2(context_.get(), &out, &in, how);
      if (ZSTD_isError(left) != 0) return Fail(Errc::kInternal, std::string("zstd: ") + ZSTD_getErrorName(left));
      if (out.pos > 0) {
        if (Status done = Put(std::string_view(out_).substr(0, out.pos)); !done) return done;
      }
      if (how == ZSTD_e_end ? left == 0 : in.pos == in.size) return {};
    }
  }

  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::string out_;
  bool ready_ = false;
  std::size_t padding_ = 0;
};

}  // namespace

std::unique_ptr<ArchiveWriter> MakeTarZstWriter(ArchiveSink& sink, const WriteOptions& options) {
  return std::make_unique<TarZstWriter>(sink, options);
}

}  // namespace assist::archive
