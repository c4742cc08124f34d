#include "common/windows/security.h"

#include <aclapi.h>
#include <sddl.h>

#include <memory>
#include <utility>
#include <vector>

#include "common/windows/error.h"
#include "common/windows/unique_handle.h"
#include "common/windows/wide.h"

namespace assist {
namespace {

struct FreeLocal {
  void operator()(void* memory) const noexcept { ::LocalFree(memory); }
};

tl::unexpected<Error> Failed(std::string_view what, std::string_view path) {
  return tl::unexpected<Error>(WindowsError(::GetLastError(), what, path));
}

}  // namespace

Result<std::string> OwnSid() {
  HANDLE opened = nullptr;
  if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &opened) == 0) return Failed("open", "my own token");
  const UniqueHandle token(opened);
  DWORD size = 0;
  ::GetTokenInformation(token.get(), TokenUser, nullptr, 0, &size);
  std::vector<unsigned char> bytes(size);
  if (size == 0 || ::GetTokenInformation(token.get(), TokenUser, bytes.data(), size, &size) == 0) {
    return Failed("read", "my own account");
  }
  LPWSTR text = nullptr;
  if (::ConvertSidToStringSidW(reinterpret_cast<const TOKEN_USER*>(bytes.data())->User.Sid, &text) == 0) {
    return Failed("name", "my own account");
  }
  const std::unique_ptr<wchar_t, FreeLocal> owner(text);
  return ToUtf8(text);
}

Result<bool> IsAdministrator() {
  PSID administrators = nullptr;
  if (::ConvertStringSidToSidW(ToWide(kAdministratorsSid).c_str(), &administrators) == 0) {
    return Failed("name", "the administrators");
  }
  const std::unique_ptr<void, FreeLocal> keeper(administrators);
  BOOL member = FALSE;  // LocalSystem is one, too
  if (::CheckTokenMembership(nullptr, administrators, &member) == 0) return Failed("read", "my own rights");
  return member != FALSE;
}

Result<PrivateSecurity> PrivateSecurity::Make(const std::string& reader) {
  Result<bool> administers = IsAdministrator();
  if (!administers) return Forward(administers);
  std::string list = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
  if (!*administers) {
    Result<std::string> self = OwnSid();
    if (!self) return Forward(self);
    list += "(A;OICI;FA;;;" + *self + ")";
  }
  if (!reader.empty()) list += "(A;OICI;0x1200a9;;;" + reader + ")";
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(ToWide(list).c_str(), SDDL_REVISION_1, &descriptor,
                                                             nullptr) == 0) {
    return Failed("make", "the list of who may " + list);
  }
  return PrivateSecurity(descriptor);
}

PrivateSecurity::PrivateSecurity(void* descriptor) noexcept {
  attributes_.nLength = sizeof attributes_;
  attributes_.lpSecurityDescriptor = descriptor;
}
PrivateSecurity::PrivateSecurity(PrivateSecurity&& other) noexcept : attributes_(other.attributes_) {
  other.attributes_.lpSecurityDescriptor = nullptr;
}
PrivateSecurity::~PrivateSecurity() {
  if (attributes_.lpSecurityDescriptor != nullptr) ::LocalFree(attributes_.lpSecurityDescriptor);
}

Status PrivateSecurity::ApplyTo(const std::string& path) const {
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  PACL list = nullptr;
  if (::GetSecurityDescriptorDacl(attributes_.lpSecurityDescriptor, &present, &list, &defaulted) == 0) {
    return Failed("read", "the list of who may use " + path);
  }
  const DWORD code = ::SetNamedSecurityInfoW(WidePath(path).data(), SE_FILE_OBJECT,
                                             DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, nullptr,
                                             nullptr, list, nullptr);
  if (code != ERROR_SUCCESS) return tl::unexpected<Error>(WindowsError(code, "set who may use", path));
  return {};
}

}  // namespace assist
