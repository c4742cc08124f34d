// Files of ROOT/update: pointer, tries, slots. Each change is on the platter when its call returns. One executor; the
// disk outlives the call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/disk/disk.h"
#include "agent/update/pointer.h"

namespace assist::agent::update {

namespace asio = boost::asio;

inline constexpr const char* kFolder = "update";
inline constexpr const char* kSlots = "update/slots";

/// Below the state root.
[[nodiscard]] std::string SlotFolder(const std::string& slot);

/// Puts a file of this room (update/…) in the place of what is there, in one step.
asio::awaitable<Status> ReplaceFile(disk::Disk& disk, std::string path, std::string bytes);

/// Empty: there is none, so the installed program runs. kInvalid: what is there is no pointer.
asio::awaitable<Result<std::optional<Pointer>>> ReadPointer(disk::Disk& disk);
/// Replaces it, in one step. For the holder of the guard's lock alone.
asio::awaitable<Status> WritePointer(disk::Disk& disk, Pointer pointer);

asio::awaitable<Tries> ReadTries(disk::Disk& disk);
asio::awaitable<Status> WriteTries(disk::Disk& disk, Tries tries);
/// Fine when there are none.
asio::awaitable<Status> ForgetTries(disk::Disk& disk);

/// Starts of a good slot. None when they cannot be read: nobody goes back for want of a number.
asio::awaitable<Tries> ReadStarts(disk::Disk& disk);
asio::awaitable<Status> WriteStarts(disk::Disk& disk, Tries starts);
asio::awaitable<Status> ForgetStarts(disk::Disk& disk);

/// Folders of slots that are there, whole or not.
asio::awaitable<std::vector<std::string>> ListSlots(disk::Disk& disk);
/// Makes an empty folder for it; what was there is removed. The pointer must not name it.
asio::awaitable<Status> MakeSlot(disk::Disk& disk, std::string slot);
/// These files of the slot, its folders, and the way to it.
asio::awaitable<Status> SyncSlot(disk::Disk& disk, std::string slot, std::vector<std::string> files);

}  // namespace assist::agent::update
