using System.Runtime.InteropServices;
using System.Text;

namespace Michi.CityOs.Storage;

/// <summary>A new file outlives a power cut only where its folder, too, was written to disk: POSIX promises nothing else, and file systems differ.</summary>
internal static class DurableFolder
{
    /// <summary>EINVAL: some network file systems know no such thing.</summary>
    private const int Unsupported = 22;

    /// <summary>Makes durable which files are in a folder. On Windows the file system does so by itself.</summary>
    /// <exception cref="IOException">The disk cannot be written.</exception>
    public static void Keep(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        // .NET opens no folders. 0: for reading, the same on Linux, macOS and the BSDs.
        var handle = Open([.. Encoding.UTF8.GetBytes(folder), 0], 0);
        if (handle < 0) throw Fault(folder);
        try
        {
            if (Flush(handle) != 0 && Marshal.GetLastPInvokeError() != Unsupported) throw Fault(folder);
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static IOException Fault(string folder) => new($"{Marshal.GetLastPInvokeErrorMessage()} : '{folder}'", Marshal.GetLastPInvokeError());

    [DllImport("libc", EntryPoint = "open", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Flush(int handle);

    [DllImport("libc", EntryPoint = "close", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Close(int handle);
}
