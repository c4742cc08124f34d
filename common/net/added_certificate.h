// For tests: a certificate in a store that this process believes (an administrator's is the machine's, else the
// account's), for as long as the object lives.
#pragma once

#include <string>

namespace assist {

class AddedCertificate {
 public:
  static constexpr const char* kServerAuth = "1.3.6.1.5.5.7.3.1";
  static constexpr const char* kCodeSigning = "1.3.6.1.5.5.7.3.3";

  enum class Of : unsigned char { kWhoIsBelieved, kAccount };

  /// `store`: ROOT, CA, Disallowed. `purpose`: what an administrator leaves it (an object id); empty: everything.
  /// Ends the program when that cannot be.
  AddedCertificate(const std::string& store, const std::string& der, const std::string& purpose = {},
                   Of whose = Of::kWhoIsBelieved);
  AddedCertificate(const AddedCertificate&) = delete;
  AddedCertificate& operator=(const AddedCertificate&) = delete;
  ~AddedCertificate();

 private:
  void* store_ = nullptr;
  const void* certificate_ = nullptr;
};

}  // namespace assist
