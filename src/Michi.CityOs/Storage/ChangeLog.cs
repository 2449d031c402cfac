using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using Michi.CityOs.Entities;
using Microsoft.Win32.SafeHandles;

namespace Michi.CityOs.Storage;

/// <summary>One change of one entity, as the log keeps it.</summary>
/// <param name="Key">Of the entity in the tables.</param>
/// <param name="Before">As <see cref="EntityCodec"/> writes it; null where the entity was made.</param>
/// <param name="After">Null where the entity was taken away.</param>
internal readonly record struct LoggedChange(long Sequence, long Key, string Tenant, string Id, DateTimeOffset At, byte[]? Before, byte[]? After)
{
    public StoredChange Read() => new(Sequence, Tenant, Id, At, Before is null ? null : EntityCodec.Read(Before), After is null ? null : EntityCodec.Read(After));
}

/// <summary>The log of changes: files of frames, each frame durable before any change in it is acknowledged.</summary>
/// <remarks>
/// A frame is its length and CRC-32C (4 bytes each, little-endian) and then changes. A file is named by the first sequence in it. A frame is begun only after the
/// one before is on disk: so what a crash leaves of an unfinished frame has no whole one behind it, and is cut off when the log is opened; damage anywhere else is
/// not hidden. One writes, many read.
/// </remarks>
internal sealed class ChangeLog : IDisposable
{
    /// <summary>Bytes after which another file is begun.</summary>
    private const long FileBytes = 32L << 20;

    /// <summary>Bytes after which a frame ends although its group goes on.</summary>
    private const int FrameBytes = 4 << 20;

    /// <summary>Bytes between two remembered places of frames.</summary>
    private const int MarkEvery = 256 << 10;

    private const int Header = 8;

    private readonly string _folder;
    private readonly Lock _lock = new();
    private readonly SortedSet<long> _files = [];

    /// <summary>Places in the files where a frame begins, by the first sequence in it.</summary>
    private readonly SortedList<long, (long File, long Offset)> _marks = [];
    private readonly ArrayBufferWriter<byte> _frame = new(1 << 16);
    private SafeFileHandle? _file;
    private long _firstOfFrame, _length, _kept;

    /// <param name="folder">Made where it is not there.</param>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public ChangeLog(string folder)
    {
        _folder = folder;
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            DiskSync.Folder(Path.GetDirectoryName(Path.GetFullPath(folder))!);
        }
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*.log"))
            if (long.TryParse(Path.GetFileNameWithoutExtension(file.Name), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var first)) _files.Add(first);
        WasThere = _files.Count > 0;
        if (!WasThere) return;
        (var last, CutBytes) = CutOff(PathOf(_files.Max));
        Last = last ?? _files.Max - 1;
    }

    /// <summary>Sequence of the last change there was when the log was opened; 0 for none.</summary>
    public long Last { get; }

    /// <summary>Whether there were files when the log was opened.</summary>
    public bool WasThere { get; }

    /// <summary>Bytes of an unfinished frame that were cut off when the log was opened.</summary>
    public long CutBytes { get; }

    /// <summary>Adds a change to the frame under way.</summary>
    public void Add(in LoggedChange change)
    {
        if (_frame.WrittenCount == 0)
        {
            _firstOfFrame = change.Sequence;
            _frame.GetSpan(Header);
            _frame.Advance(Header);
        }
        Number(change.Sequence);
        Number(change.Key);
        Number(EntityCodec.Microseconds(change.At));
        Text(change.Tenant);
        Text(change.Id);
        Bytes(change.Before);
        Bytes(change.After);
        if (_frame.WrittenCount > FrameBytes) Write();

        void Number(long number)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_frame.GetSpan(8), number);
            _frame.Advance(8);
        }

        void Length(int length)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_frame.GetSpan(4), length);
            _frame.Advance(4);
        }

        void Text(string text)
        {
            Length(Encoding.UTF8.GetByteCount(text));
            Encoding.UTF8.GetBytes(text, _frame);
        }

        void Bytes(byte[]? bytes)
        {
            Length(bytes?.Length ?? -1);
            _frame.Write(bytes ?? []);
        }
    }

    /// <summary>Makes durable what was added; ends when it is on disk.</summary>
    /// <exception cref="IOException">It could not be written: nothing added since the last time is kept, after <see cref="Undo"/>.</exception>
    public void Keep()
    {
        if (_frame.WrittenCount > 0) Write();
        if (_length == _kept) return;
        _kept = _length;
        if (_length < FileBytes) return;
        _file!.Dispose();
        _file = null;
    }

    /// <summary>Forgets what was added since it was last made durable.</summary>
    public void Undo()
    {
        _frame.ResetWrittenCount();
        _length = _kept;
        if (_file is null) return;
        lock (_lock)
        {
            for (var i = _marks.Count - 1; i >= 0 && _marks.Values[i] is var mark && mark.File == _files.Max && mark.Offset >= _kept; i--) _marks.RemoveAt(i);
        }
        try
        {
            CutTo(_file, _length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // What cannot be cut off now is when the next frame comes.
        }
    }

    /// <summary>Changes after a sequence, in order, up to another that is known to be durable.</summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public IEnumerable<LoggedChange> Read(long after, long last)
    {
        while (after < last)
        {
            if (FileWith(after + 1) is not { } place) yield break;
            using var file = File.OpenHandle(PathOf(place.File), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var (offset, began) = (place.Offset, after);
            while (after < last && Frame(file, offset, out var size) is { } frame)
            {
                var at = 0;
                while (at < frame.Length)
                {
                    var change = Change(frame, ref at);
                    if (change.Sequence <= after || change.Sequence > last) continue;
                    after = change.Sequence;
                    yield return change;
                }
                Mark(BinaryPrimitives.ReadInt64LittleEndian(frame), place.File, offset);
                offset += size;
            }
            if (after == began) throw new InvalidDataException($"{PathOf(place.File)} is damaged at byte {offset}: change {after + 1} is missing.");
        }
    }

    /// <summary>Changes of a file that another program may be writing to, as far as whole frames are there.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or went on while its end was read.</exception>
    public static IEnumerable<LoggedChange> Read(SafeFileHandle file)
    {
        var (offset, last) = (0L, 0L);
        while (Frame(file, offset, out var size) is { } frame)
        {
            for (var at = 0; at < frame.Length;)
            {
                var change = Change(frame, ref at);
                last = change.Sequence;
                yield return change;
            }
            offset += size;
        }
        if (HasFrameBehind(file, offset, last)) throw new InvalidDataException($"The log of changes is damaged at byte {offset} of a file.");
    }

    /// <summary>Deletes the files of which nothing after a sequence is needed any more.</summary>
    public void Trim(long done)
    {
        lock (_lock)
        {
            while (_files.Count > 1 && _files.Skip(1).First() <= done + 1)
            {
                File.Delete(PathOf(_files.Min));
                _files.Remove(_files.Min);
                while (_marks.Count > 0 && _marks.Values[0].File < _files.Min) _marks.RemoveAt(0);
            }
        }
    }

    /// <summary>Bytes of all files.</summary>
    public long Size()
    {
        lock (_lock) return _files.Sum(f => new FileInfo(PathOf(f)) is { Exists: true, Length: var length } ? length : 0);
    }

    public void Dispose() => _file?.Dispose();

    private string PathOf(long first) => Path.Combine(_folder, first.ToString("x16", CultureInfo.InvariantCulture) + ".log");

    private void Write()
    {
        var frame = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_frame.WrittenMemory).Span;
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - Header);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], Checksum(frame[Header..]));
        if (_file is null)
        {
            _file = Make(PathOf(_firstOfFrame));
            (_length, _kept) = (0, 0);
            lock (_lock) _files.Add(_firstOfFrame);
        }
        CutTo(_file, _length);
        RandomAccess.Write(_file, frame, _length);
        // Before the next frame of the same group too: what a power cut leaves half-written is then always the last one.
        DiskSync.File(_file);
        Mark(_firstOfFrame, _files.Max, _length);
        _length += frame.Length;
        _frame.ResetWrittenCount();
    }

    private SafeFileHandle Make(string path)
    {
        var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        try
        {
            DiskSync.Folder(_folder);
            return file;
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
    }

    private void Mark(long first, long file, long offset)
    {
        lock (_lock)
            if (_files.Contains(file) && !(MarkBefore(first) is { } near && near.File == file && offset - near.Offset < MarkEvery)) _marks[first] = (file, offset);
    }

    private (long File, long Offset)? MarkBefore(long sequence)
    {
        var (low, high) = (0, _marks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_marks.Keys[middle] <= sequence) low = middle + 1;
            else high = middle;
        }
        return low > 0 ? _marks.Values[low - 1] : null;
    }

    /// <summary>Where to begin to read in order to meet a change.</summary>
    private (long File, long Offset)? FileWith(long sequence)
    {
        lock (_lock)
        {
            if (_files.Count == 0) return null;
            var files = _files.GetViewBetween(long.MinValue, sequence);
            // Of what is no longer there the reader has been told to do without.
            var file = files.Count > 0 ? files.Max : _files.Min;
            return MarkBefore(sequence) is { } mark && mark.File == file ? mark : (file, 0);
        }
    }

    /// <summary>The changes of a frame; null where no whole frame is.</summary>
    private static byte[]? Frame(SafeFileHandle file, long offset, out long size)
    {
        Span<byte> header = stackalloc byte[Header];
        size = 0;
        if (RandomAccess.Read(file, header, offset) < Header) return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length <= 0 || length > RandomAccess.GetLength(file) - offset - Header) return null;
        var frame = new byte[length];
        if (RandomAccess.Read(file, frame, offset + Header) < length || Checksum(frame) != BinaryPrimitives.ReadUInt32LittleEndian(header[4..])) return null;
        size = Header + length;
        return frame;
    }

    private static LoggedChange Change(byte[] frame, ref int at)
    {
        var position = at;
        var (sequence, key, time) = (Number(), Number(), Number());
        var change = new LoggedChange(sequence, key, Text(), Text(), EntityCodec.Time(time), Bytes(), Bytes());
        at = position;
        return change;

        long Number()
        {
            position += 8;
            return BinaryPrimitives.ReadInt64LittleEndian(frame.AsSpan(position - 8));
        }

        int Length()
        {
            position += 4;
            return BinaryPrimitives.ReadInt32LittleEndian(frame.AsSpan(position - 4));
        }

        string Text()
        {
            var length = Length();
            position += length;
            return Encoding.UTF8.GetString(frame, position - length, length);
        }

        byte[]? Bytes()
        {
            var length = Length();
            if (length < 0) return null;
            position += length;
            return frame.AsSpan(position - length, length).ToArray();
        }
    }

    /// <summary>Cuts off, durably, what was written in vain: a shorter frame in its place must never have the rest of it behind.</summary>
    private static void CutTo(SafeFileHandle file, long length)
    {
        if (RandomAccess.GetLength(file) <= length) return;
        RandomAccess.SetLength(file, length);
        DiskSync.File(file);
    }

    /// <summary>Cuts off what a crash left of the last frame.</summary>
    /// <returns>Sequence of the last change, null for none; and how many bytes were cut off.</returns>
    private static (long? Last, long Cut) CutOff(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        long end = 0;
        long? last = null;
        byte[] lastFrame = [];
        while (Frame(file, end, out var size) is { } frame)
        {
            end += size;
            lastFrame = frame;
        }
        for (var at = 0; at < lastFrame.Length;) last = Change(lastFrame, ref at).Sequence;
        var cut = RandomAccess.GetLength(file) - end;
        if (HasFrameBehind(file, end, last ?? 0))
            throw new InvalidDataException($"{path} is damaged at byte {end}. Restore the data folder from a backup, or cut the file off at that byte and lose the changes after it.");
        CutTo(file, end);
        return (last, cut);
    }

    /// <summary>Whether a whole frame lies anywhere behind a place where none is. What the place itself tells counts for nothing: a torn header may tell any length.</summary>
    /// <param name="last">Sequence before the place; a frame behind it goes on from a later one.</param>
    private static bool HasFrameBehind(SafeFileHandle file, long offset, long last)
    {
        var rest = new byte[RandomAccess.GetLength(file) - offset];
        if (RandomAccess.Read(file, rest, offset) < rest.Length) return false;
        for (var at = 1; at <= rest.Length - Header - sizeof(long); at++)
        {
            // Few places pass the first two questions, so that the third is seldom asked.
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest.AsSpan(at));
            if (length <= 0 || length > rest.Length - at - Header || BinaryPrimitives.ReadInt64LittleEndian(rest.AsSpan(at + Header)) - last is < 1 or > int.MaxValue) continue;
            if (Checksum(rest.AsSpan(at + Header, length)) == BinaryPrimitives.ReadUInt32LittleEndian(rest.AsSpan(at + 4))) return true;
        }
        return false;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..]) sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes) sum = BitOperations.Crc32C(sum, one);
        return ~sum;
    }
}
