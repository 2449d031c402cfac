using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Michi.UnitTests;

/// <summary>The processor time that this thread has used since <see cref="Start"/>. A limit on work is held against it: by the clock, a busy machine would break it.</summary>
internal readonly struct ProcessorTime
{
    private readonly TimeSpan _began;

    private ProcessorTime(TimeSpan began) => _began = began;

    public TimeSpan Elapsed => Used() - _began;

    public static ProcessorTime Start() => new(Used());

    // Elsewhere than on Linux, the clock.
    private static TimeSpan Used() => OperatingSystem.IsLinux() && ClockGetTime(ThreadCpuTime, out var used) == 0
        ? TimeSpan.FromSeconds(used.Seconds, 0, used.Nanoseconds / 1_000)
        : Stopwatch.GetElapsedTime(0);

    /// <summary>CLOCK_THREAD_CPUTIME_ID of Linux.</summary>
    private const int ThreadCpuTime = 3;

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec
    {
        public readonly nint Seconds, Nanoseconds;
    }

    [DllImport("libc", EntryPoint = "clock_gettime"), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int ClockGetTime(int clock, out Timespec time);
}
