// Random bytes of the kernel, for keys and secrets. Pure POSIX; any thread.
#pragma once

#include <cstdint>
#include <span>

namespace assist {

/// getrandom(2), or /dev/urandom of kernels before 3.17. False, with errno, when the kernel gives none: nothing may go
/// on as if it had.
[[nodiscard]] bool FillRandomly(std::span<std::uint8_t> bytes);
/// The second of them; `path` is for tests.
[[nodiscard]] bool FillFromDevice(std::span<std::uint8_t> bytes, const char* path = "/dev/urandom");

}  // namespace assist
