using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace Michi.IntegrationTests.CityOs.BadDays;

/// <summary>A data folder whose disk, and a clock, that go wrong when the test says so: by a library that stands between the real program and the system (faults.c).</summary>
internal sealed class FaultyDisk : IDisposable
{
    /// <summary>Numbers of Linux for what a disk answers.</summary>
    public const int NoSpace = 28, ReadOnly = 30, InputOutput = 5;

    private static readonly Lazy<string> Library = new(Compile);

    private readonly string _folder = Directory.CreateTempSubdirectory("michi-disk-").FullName;
    private readonly MemoryMappedFile _control;
    private readonly MemoryMappedViewAccessor _numbers;

    private FaultyDisk(bool hasJournal)
    {
        Data = Path.Combine(_folder, "data");
        Directory.CreateDirectory(Data);
        Journal = Path.Combine(_folder, "journal");
        // A program of another user may have to come here.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        var library = Path.Combine(_folder, "faults.so");
        File.Copy(Library.Value, library);
        var control = Path.Combine(_folder, "control");
        File.WriteAllBytes(control, new byte[32]);
        _control = MemoryMappedFile.CreateFromFile(control, FileMode.Open, null, 32);
        _numbers = _control.CreateViewAccessor();
        Settings = new() { ["MICHI_CITYOS_ACCESS"] = "open", ["LD_PRELOAD"] = library, ["FAULTS_FOLDER"] = Data, ["FAULTS_CONTROL"] = control };
        if (!hasJournal) return;
        File.WriteAllBytes(Journal, []);
        Settings["FAULTS_JOURNAL"] = Journal;
    }

    /// <summary>The data folder.</summary>
    public string Data { get; }

    /// <summary>Path of the file in which everything is noted, see <see cref="DiskJournal"/>.</summary>
    public string Journal { get; }

    /// <summary>Environment of the program.</summary>
    public Dictionary<string, string> Settings { get; }

    /// <summary>What the program's writes are answered with; 0: they are done.</summary>
    public int Writing { set => _numbers.Write(0, (long)value); }

    /// <summary>What its fsyncs are answered with; 0: they are done.</summary>
    public int Syncing { set => _numbers.Write(8, (long)value); }

    /// <summary>How wrong its clock is.</summary>
    public TimeSpan Clock { set => _numbers.Write(16, (long)value.TotalSeconds); }

    /// <summary>How much has happened to the disk until now. What happened before something was acknowledged lies before.</summary>
    public long Mark() => new FileInfo(Journal).Length;

    /// <summary>Skips the test where there is no compiler; on CI it fails.</summary>
    public static FaultyDisk Create(bool hasJournal = false)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Faults of the disk are made on Linux.");
        var compiler = Compiler;
        Assert.SkipWhen(compiler is null && Environment.GetEnvironmentVariable("CI") is null, "Faults of the disk need a C compiler (cc). test.sh installs one.");
        return new(hasJournal);
    }

    public void Dispose()
    {
        _numbers.Dispose();
        _control.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string? Compiler => Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(f => Path.Combine(f, "cc")).FirstOrDefault(File.Exists);

    private static string Compile()
    {
        var library = Path.Combine(AppContext.BaseDirectory, "faults.so");
        using var process = Process.Start(new ProcessStartInfo(Compiler!, ["-shared", "-fPIC", "-O2", "-o", library, Path.Combine(AppContext.BaseDirectory, "CityOs", "BadDays", "faults.c"), "-ldl"]))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return library;
    }
}
