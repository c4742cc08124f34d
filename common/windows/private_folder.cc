#include "common/windows/private_folder.h"

#include <aclapi.h>
#include <sddl.h>

#include <cstring>
#include <memory>
#include <vector>

#include "common/windows/error.h"
#include "common/windows/file.h"
#include "common/windows/security.h"
#include "common/windows/wide.h"

namespace assist {
namespace {

struct FreeLocal {
  void operator()(void* memory) const noexcept { ::LocalFree(memory); }
};

tl::unexpected<Error> Failed(DWORD code, std::string_view what, std::string_view path) {
  return tl::unexpected<Error>(WindowsError(code, what, path));
}

/// What is known of a file or folder through one handle: nobody can put another in its place in between.
struct Found {
  UniqueHandle handle;
  DWORD attributes = 0;
  std::string owner;  ///< SID in text form
  std::unique_ptr<void, FreeLocal> descriptor;
  PACL list = nullptr;  ///< In `descriptor`.
};

Result<Found> LookAt(const std::string& path) {
  OpenHow how;
  how.access = READ_CONTROL | FILE_READ_ATTRIBUTES;
  how.flags = FILE_FLAG_BACKUP_SEMANTICS;
  Result<UniqueHandle> handle = OpenFile(path, how);
  if (!handle) return Forward(handle);
  Found found;
  found.handle = std::move(*handle);
  BY_HANDLE_FILE_INFORMATION about{};
  if (::GetFileInformationByHandle(found.handle.get(), &about) == 0) return Failed(::GetLastError(), "look at", path);
  found.attributes = about.dwFileAttributes;
  // Wine tells of a link by its name alone.
  if (const DWORD named = ::GetFileAttributesW(WidePath(path).c_str()); named != INVALID_FILE_ATTRIBUTES) {
    found.attributes |= named & FILE_ATTRIBUTE_REPARSE_POINT;
  }
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD code =
      ::GetSecurityInfo(found.handle.get(), SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                        &owner, nullptr, &found.list, nullptr, &descriptor);
  if (code != ERROR_SUCCESS) return Failed(code, "read the owner of", path);
  found.descriptor.reset(descriptor);
  LPWSTR text = nullptr;
  if (::ConvertSidToStringSidW(owner, &text) == 0) return Failed(::GetLastError(), "name the owner of", path);
  const std::unique_ptr<wchar_t, FreeLocal> keeper(text);
  found.owner = ToUtf8(text);
  return found;
}

/// "S-1-…", and the account's name where the system knows one.
std::string NameOf(const std::string& sid) {
  PSID bytes = nullptr;
  if (::ConvertStringSidToSidW(ToWide(sid).c_str(), &bytes) == 0) return sid;
  const std::unique_ptr<void, FreeLocal> keeper(bytes);
  std::vector<wchar_t> name(256);
  std::vector<wchar_t> domain(256);
  auto name_size = static_cast<DWORD>(name.size());
  auto domain_size = static_cast<DWORD>(domain.size());
  SID_NAME_USE use{};
  if (::LookupAccountSidW(nullptr, bytes, name.data(), &name_size, domain.data(), &domain_size, &use) == 0) return sid;
  return ToUtf8(domain.data()) + "\\" + ToUtf8(name.data()) + " (" + sid + ")";
}

std::string Backslashed(const std::string& path) { return ToUtf8(WidePath(path)); }

Status Judge(const std::string& path, const Found& found, const std::string& self) {
  if ((found.attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
    return Fail(Errc::kDenied,
                path + " is a link to another place, which whoever made it may change; remove it (`rmdir \"" +
                    Backslashed(path) + "\"` takes the link of a folder alone)");
  }
  if (!IsTrustedOwner(found.owner, self)) {
    return Fail(Errc::kDenied, path + " belongs to " + NameOf(found.owner) +
                                   ", who could change what runs from it; remove it, or, when you know what is in it, "
                                   "give it to the administrators (`icacls \"" +
                                   Backslashed(path) + "\" /setowner *S-1-5-32-544 /t`)");
  }
  return {};
}

/// Whether the list is ours already: to set it again walks through all that is below.
bool IsSet(const Found& found, PACL ours) {
  SECURITY_DESCRIPTOR_CONTROL control = 0;
  DWORD revision = 0;
  if (found.list == nullptr || ::GetSecurityDescriptorControl(found.descriptor.get(), &control, &revision) == 0 ||
      (control & SE_DACL_PROTECTED) == 0 || found.list->AceCount != ours->AceCount) {
    return false;
  }
  for (DWORD i = 0; i < ours->AceCount; ++i) {
    void* one = nullptr;
    void* two = nullptr;
    if (::GetAce(ours, i, &one) == 0 || ::GetAce(found.list, i, &two) == 0) return false;
    const WORD size = static_cast<ACE_HEADER*>(one)->AceSize;
    if (size != static_cast<ACE_HEADER*>(two)->AceSize || std::memcmp(one, two, size) != 0) return false;
  }
  return true;
}

Status GiveToAdministrators(const std::string& path) {
  PSID administrators = nullptr;
  if (::ConvertStringSidToSidW(ToWide(kAdministratorsSid).c_str(), &administrators) == 0) {
    return Failed(::GetLastError(), "name the administrators for", path);
  }
  const std::unique_ptr<void, FreeLocal> keeper(administrators);
  const DWORD code = ::SetNamedSecurityInfoW(WidePath(path).data(), SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION,
                                             administrators, nullptr, nullptr, nullptr);
  if (code != ERROR_SUCCESS) return Failed(code, "give to the administrators", path);
  return {};
}

/// Sets the list on a folder that was judged.
Status Shut(const std::string& path, const Found& found) {
  Result<PrivateSecurity> security = PrivateSecurity::Make();
  if (!security) return Forward(security);
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  PACL ours = nullptr;
  if (::GetSecurityDescriptorDacl(security->get()->lpSecurityDescriptor, &present, &ours, &defaulted) == 0) {
    return Failed(::GetLastError(), "read the list of who may use", path);
  }
  return IsSet(found, ours) ? Status() : security->ApplyTo(path);
}

/// Looks at what is there, judges it, and gives what is an administrator's own to the administrators: for the service
/// it would belong to somebody else.
Result<Found> Take(const std::string& path, const std::string& self, bool administers) {
  Result<Found> found = LookAt(path);
  if (!found) return found;
  if (Status good = Judge(path, *found, self); !good) return Forward(good);
  if (administers && found->owner == self && self != kSystemSid) {
    if (Status given = GiveToAdministrators(path); !given) return Forward(given);
  }
  return found;
}

}  // namespace

bool IsTrustedOwner(const std::string& owner, const std::string& self) {
  return owner == kSystemSid || owner == kAdministratorsSid || owner == self;
}

Status TakePrivateFolder(const std::string& path) {
  Result<std::string> self = OwnSid();
  if (!self) return Forward(self);
  if (Status made = MakeFolders(path, 0700); !made) return made;
  Result<bool> administers = IsAdministrator();
  if (!administers) return Forward(administers);
  Result<Found> found = LookAt(path);
  if (!found) return Forward(found);
  if (Status good = Judge(path, *found, *self); !good) return good;
  // First shut, then looked at once more and at what is in it: nothing can be put there in between.
  if (Status shut = Shut(path, *found); !shut) return shut;
  if (found = Take(path, *self, *administers); !found) return Forward(found);
  Result<std::vector<std::string>> names = ListFolder(path);
  if (!names) return Forward(names);
  for (const std::string& name : *names) {
    Result<Found> child = Take(path + "/" + name, *self, *administers);
    // One that is gone: a running agent's temporary file.
    if (!child && child.error().code != Errc::kNotFound) return Forward(child);
  }
  return {};
}

}  // namespace assist
