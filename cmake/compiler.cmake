set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

# For the whole folder, so that it stands before a target's own -march: the last one counts.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-march=x86-64-v2)
endif()

# Results must not depend on the compiler's taste for fused multiply-add (docs/decisions/0003-simd.md).
add_library(nagamochi_compiler INTERFACE)
target_compile_options(nagamochi_compiler INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-psabi)
if(NAGAMOCHI_WARNINGS_AS_ERRORS)
  target_compile_options(nagamochi_compiler INTERFACE -Werror)
endif()
if(NAGAMOCHI_SANITIZERS)
  target_compile_options(nagamochi_compiler INTERFACE -fsanitize=${NAGAMOCHI_SANITIZERS} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(nagamochi_compiler INTERFACE -fsanitize=${NAGAMOCHI_SANITIZERS})
endif()
