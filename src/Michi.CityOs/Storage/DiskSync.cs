using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Michi.CityOs.Storage;

/// <summary>Makes sure that what was written is on the disk, and says when it is not.</summary>
/// <remarks>
/// RandomAccess.FlushToDisk and FileStream.Flush call the same function of the runtime's own library and take its result for a success: where fsync fails,
/// SystemNative_FSync gives back 1 (a misplaced bracket in pal_io.c of .NET 7 to 10), and they look for -1. A broken disk would acknowledge what it does not have.
/// </remarks>
internal static class DiskSync
{
    private const string Runtime = "libSystem.Native";

    /// <summary>EINVAL: some network file systems do not know how to sync folders.</summary>
    private const int Unsupported = 22;

    /// <summary>As the runtime numbers them: to read, and not to be handed on to other programs.</summary>
    private const int CloseOnExec = 0x10;

    /// <summary>Ends when what was written into a file is on disk.</summary>
    /// <exception cref="IOException">The disk does not have it.</exception>
    public static void File(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows()) RandomAccess.FlushToDisk(file);
        else if (Flush(file) != 0) throw Fault("The disk did not take what was written");
    }

    /// <summary>Ends when it is on disk which files are in a folder: a new file outlives a power cut only then, as POSIX promises nothing else. On Windows the file system does so by itself.</summary>
    /// <exception cref="IOException">The disk cannot be written.</exception>
    public static void Folder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        // .NET itself opens no folders.
        using var handle = new SafeFileHandle(Open([.. Encoding.UTF8.GetBytes(folder), 0], CloseOnExec, 0), ownsHandle: true);
        if (handle.IsInvalid || (Flush(handle) != 0 && Marshal.GetLastPInvokeError() != Unsupported)) throw Fault(folder);
    }

    private static IOException Fault(string what) => new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());

    [DllImport(Runtime, EntryPoint = "SystemNative_Open", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint Open(byte[] path, int flags, int mode);

    [DllImport(Runtime, EntryPoint = "SystemNative_FSync", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Flush(SafeFileHandle handle);
}
