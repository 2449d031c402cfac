using System.Buffers.Binary;
using System.Text;

namespace Michi.IntegrationTests.CityOs.BadDays;

/// <summary>What a power cut leaves of what was written and not yet synced.</summary>
internal enum PowerCut
{
    /// <summary>Nothing: the disk has what was synced.</summary>
    Drops,

    /// <summary>All of it, as when only the program dies.</summary>
    Keeps,

    /// <summary>What came first; the last write of it is torn.</summary>
    Breaks,

    /// <summary>Any pages or sectors of it, in any order.</summary>
    Scatters,
}

/// <summary>Reads what faults.c noted: every change of the data folder's files and names, and every sync.</summary>
internal static class DiskJournal
{
    private const int Header = 21;

    /// <summary>One thing that happened.</summary>
    /// <param name="End">Where its record ends: what was acknowledged at a mark up to there had happened.</param>
    public readonly record struct Step(DiskStep Kind, long File, long At, ReadOnlyMemory<byte> Bytes, long End)
    {
        public string Text => Encoding.UTF8.GetString(Bytes.Span);
    }

    public static IEnumerable<Step> Read(string path)
    {
        var all = System.IO.File.ReadAllBytes(path);
        for (var at = 0; at + Header <= all.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(all.AsSpan(at + 17));
            var end = at + Header + length;
            if (end > all.Length) yield break;
            yield return new((DiskStep)all[at], BinaryPrimitives.ReadInt64LittleEndian(all.AsSpan(at + 1)), BinaryPrimitives.ReadInt64LittleEndian(all.AsSpan(at + 9)), all.AsMemory(at + Header, length), end);
            at = end;
        }
    }
}

internal enum DiskStep : byte
{
    Make = 1,
    Write,
    Length,
    Sync,
    SyncFolder,
    Rename,
    Unlink,
    MakeFolder,
}

/// <summary>A disk as POSIX promises it: what is in a file is safe when the file was synced, its name when its folder was.</summary>
internal sealed class DiskModel
{
    private readonly Dictionary<long, DiskFile> _files = [];
    private readonly Names _safe = new();
    private readonly List<DiskJournal.Step> _unsafe = [];

    public void Do(in DiskJournal.Step step)
    {
        switch (step.Kind)
        {
            case DiskStep.Make:
                _files[step.File] = new();
                _unsafe.Add(step);
                break;
            case DiskStep.Write or DiskStep.Length:
                _files[step.File].Unsafe.Add(step);
                break;
            case DiskStep.Sync:
                _files[step.File].Sync();
                break;
            case DiskStep.SyncFolder:
                var folder = step.Text;
                foreach (var change in _unsafe.Where(c => FolderOf(c) == folder)) _safe.Do(change);
                _unsafe.RemoveAll(c => FolderOf(c) == folder);
                break;
            default:
                _unsafe.Add(step);
                break;
        }
    }

    /// <summary>Writes into a folder what a power cut leaves at this moment.</summary>
    public void Cut(PowerCut kind, Random random, string to)
    {
        var names = new Names(_safe);
        // Names go to the disk in the order of their changes; which of them have, nobody knows.
        var some = kind switch { PowerCut.Drops => 0, PowerCut.Keeps => _unsafe.Count, _ => random.Next(_unsafe.Count + 1) };
        foreach (var change in _unsafe.Take(some)) names.Do(change);
        Directory.CreateDirectory(to);
        foreach (var folder in names.Folders) Directory.CreateDirectory(Path.Combine(to, folder));
        foreach (var (name, file) in names.Files)
            if (Path.GetDirectoryName(name) is "" or null || names.Folders.Contains(Path.GetDirectoryName(name)!)) File.WriteAllBytes(Path.Combine(to, name), _files[file].Cut(kind, random));
    }

    private static string FolderOf(in DiskJournal.Step change) => Path.GetDirectoryName(change.Text.Split('\n')[^1]) ?? "";

    private sealed class Names(Names? from = null)
    {
        public Dictionary<string, long> Files { get; } = from is null ? [] : new(from.Files);

        public HashSet<string> Folders { get; } = from is null ? [] : [.. from.Folders];

        public void Do(in DiskJournal.Step change)
        {
            switch (change.Kind)
            {
                case DiskStep.Make: Files[change.Text] = change.File; break;
                case DiskStep.MakeFolder: Folders.Add(change.Text); break;
                case DiskStep.Unlink: Files.Remove(change.Text); break;
                case DiskStep.Rename when change.Text.Split('\n') is [var old, var name] && Files.Remove(old, out var file): Files[name] = file; break;
            }
        }
    }

    private sealed class DiskFile
    {
        private byte[] _safe = [];

        public List<DiskJournal.Step> Unsafe { get; } = [];

        public void Sync()
        {
            _safe = Apply(Unsafe.Count, null, 0);
            Unsafe.Clear();
        }

        public byte[] Cut(PowerCut kind, Random random) => kind switch
        {
            PowerCut.Drops => _safe,
            PowerCut.Keeps => Apply(Unsafe.Count, null, 0),
            PowerCut.Breaks => Apply(random.Next(Unsafe.Count + 1), random, 1),
            _ => Apply(Unsafe.Count, random, Unsafe.Count),
        };

        /// <summary>What was safe with some of what was not.</summary>
        /// <param name="torn">How many of the last are torn.</param>
        private byte[] Apply(int count, Random? random, int torn)
        {
            var length = _safe.Length;
            var whole = length;
            foreach (var step in Unsafe.Take(count)) whole = Math.Max(whole, step.Kind == DiskStep.Length ? (int)step.At : (int)step.At + step.Bytes.Length);
            var bytes = new byte[whole];
            _safe.CopyTo(bytes, 0);
            for (var i = 0; i < count; i++)
            {
                var step = Unsafe[i];
                var isTorn = random is not null && i >= count - torn;
                if (step.Kind == DiskStep.Length)
                {
                    if (isTorn && random!.Next(2) == 0) continue;
                    if (step.At < length) Array.Clear(bytes, (int)step.At, length - (int)step.At);
                    length = (int)step.At;
                }
                else if (!isTorn)
                {
                    step.Bytes.Span.CopyTo(bytes.AsSpan((int)step.At));
                    length = Math.Max(length, (int)step.At + step.Bytes.Length);
                }
                else
                {
                    // A page of the system, or a sector of the disk.
                    var piece = random!.Next(2) == 0 ? 4096 : 512;
                    for (int from = (int)step.At, end = from + step.Bytes.Length; from < end;)
                    {
                        var next = Math.Min(end, (from / piece + 1) * piece);
                        if (random.Next(2) == 0)
                        {
                            step.Bytes.Span[(from - (int)step.At)..(next - (int)step.At)].CopyTo(bytes.AsSpan(from));
                            length = Math.Max(length, next);
                        }
                        from = next;
                    }
                    // The length of a file can be there before what is in it.
                    if (random.Next(2) == 0) length = Math.Max(length, (int)step.At + step.Bytes.Length);
                }
            }
            return bytes.AsSpan(0, length).ToArray();
        }
    }
}
