# Eigen's headers come from the pinned build requirement cmeel-eigen, never from the system or this repository.
execute_process(
  COMMAND "${Python_EXECUTABLE}" -c "import importlib.metadata as m; print(m.distribution('cmeel-eigen').locate_file('cmeel.prefix'), end='')"
  OUTPUT_VARIABLE eigen_prefix RESULT_VARIABLE eigen_missing ERROR_QUIET)
if(eigen_missing)
  message(FATAL_ERROR "Eigen not found: install the build requirement cmeel-eigen for ${Python_EXECUTABLE} (make does it)")
endif()
find_package(Eigen3 3.4.1 EXACT REQUIRED CONFIG NO_DEFAULT_PATH PATHS "${eigen_prefix}")
