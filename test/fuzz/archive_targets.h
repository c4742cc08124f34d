// Targets of archives (common/archive).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assist::fuzz {

/// A zip file.
void FuzzZip(std::string_view input);
/// A tar in zstd, as it lies on the disk.
void FuzzTarZst(std::string_view input);
/// A tar, which is put into zstd here.
void FuzzTar(std::string_view input);

/// Inputs to begin with; empty for the targets of others.
[[nodiscard]] std::vector<std::string> ArchiveSeedsOf(std::string_view target);
/// Whether a target's reader takes the input: seeds that are all refused would try little.
[[nodiscard]] bool ArchiveIsTaken(std::string_view target, std::string_view input);

}  // namespace assist::fuzz
