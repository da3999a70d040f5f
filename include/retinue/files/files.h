#pragma once

// Files and standard streams as ByteSink and ByteSource: the only place of
// retinue's own code that opens files for results.
//
// How a file comes to be. CreateFile writes to `PATH.part` beside it, and Commit
// renames that to PATH: under its final name a file is whole or not there. A run
// that is killed, or a sink that is destroyed without Commit, leaves the `.part`
// with all that was flushed; the next run for the same PATH replaces it. Commit does not
// wait for the disk (no fsync), so "whole" survives the death of the program,
// not a power cut in the seconds after it.
//
// Who may be replaced. Whoever names a file that exists must say Existing::kReplace
// (`overwrite=true`). Names that retinue itself chooses, `*.out.*`, are its own:
// the command passes kReplace for them.
//
// What is not a regular file (`/dev/null`, a FIFO, a terminal) is written
// directly: no `.part`, no rename, nothing replaced. A symbolic link is followed;
// what it points to is replaced, not the link.
//
// No signal reaches the program from a write: SIGPIPE and SIGXFSZ are held back for
// the writing thread during the call and become errors. Process-wide signal settings
// are never touched.
//
// Threads: a sink or source belongs to one thread at a time; functions are free.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "retinue/base/result.h"
#include "retinue/io/byte_sink_factory.h"
#include "retinue/io/bytes.h"

namespace retinue {

/// What happens to a file that is already there.
enum class Existing {
  kRefuse,   ///< kAlreadyExists.
  kReplace,  ///< It is replaced when the new one is whole.
};

/// Says before any work whether CreateFile(path) would succeed now. Changes nothing.
///
/// @error kInvalidArgument   `path` is empty, a folder, or too long.
/// @error kNotFound          `output folder 'x' does not exist`.
/// @error kPermissionDenied  The folder or the file may not be written, or the disk is read-only.
/// @error kAlreadyExists     It exists and `existing` is kRefuse.
Result<void> CheckWritable(const std::string& path, Existing existing);

struct CreateFileOptions {
  Existing existing = Existing::kRefuse;
  /// Bytes gathered before a system call; 0 passes every Write on at once, for
  /// a file that somebody follows while it grows.
  std::size_t buffer_bytes = std::size_t{256} << 10;
};

/// A file that is whole under its name after Commit; see the top of this header.
/// `-` is standard output.
///
/// Write and Commit fail with kResourceExhausted when the disk or a limit on file
/// sizes is full, kUnavailable when the reader of a FIFO went away, kDataLoss for
/// an I/O error of the device. Every later call returns the first failure again,
/// and the file keeps the name `.part`.
/// With kRefuse, Commit fails with kAlreadyExists when somebody else has made the
/// file meanwhile; the result stays in `.part`.
///
/// @error As CheckWritable; kUnavailable when another run is writing the same file.
/// Memory: the buffer, allocated at the first Write.
Result<std::unique_ptr<ByteSink>> CreateFile(const std::string& path,
                                             const CreateFileOptions& options = {});

/// CreateFile, Write and Commit in one, for content that is there already.
/// @error As of the three.
Result<void> WriteWholeFile(const std::string& path, std::string_view content,
                            Existing existing = Existing::kRefuse);

/// Standard output, unbuffered: each Write is one system call (more when it is a full pipe),
/// so whoever reads sees each frame at once. Commit does nothing but report an
/// earlier failure; the stream is not closed.
///
/// Write fails with kUnavailable when the reader went away: `… | head -1`.
std::unique_ptr<ByteSink> StandardOutput();

/// Says before any work whether CreateFolder(path) would succeed now.
/// @error As CreateFolder.
Result<void> CheckWritableFolder(const std::string& path, Existing existing);

/// A folder to put files into; it is made when it is not there, its parent is not.
///
/// @error kInvalidArgument   Not a folder but a file.
/// @error kNotFound          `output folder 'x' does not exist`, for the parent.
/// @error kPermissionDenied  May not be made or written.
/// @error kAlreadyExists     It exists, holds something, and `existing` is kRefuse.
/// Its Create replaces files of the same name; others in the folder stay.
Result<std::unique_ptr<ByteSinkFactory>> CreateFolder(const std::string& path,
                                                      Existing existing);

/// A file to read; `-` is standard input. Reads pass straight through: bring
/// buffers of 64 KiB or more.
///
/// @error kNotFound, kPermissionDenied  As they say. @error kInvalidArgument  A folder.
Result<std::unique_ptr<ByteSource>> OpenFile(const std::string& path);

/// Standard input. Ready() waits at most 100 ms, so a reader can look at its stop
/// flag while nothing comes.
std::unique_ptr<ByteSource> StandardInput();

/// The whole content of a file, or of standard input for `-`.
///
/// @param max_bytes  Refuses to read more.
/// @error As OpenFile; kResourceExhausted  The file is longer; kDataLoss  The device failed.
Result<std::string> ReadWholeFile(const std::string& path,
                                  std::size_t max_bytes = std::size_t{64} << 20);

}  // namespace retinue
