using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Michi.CityOs.History;

/// <summary>Whole numbers in few bytes: one for all where they are equal, otherwise blocks of <see cref="Block"/> with as many bits as the spread within the block needs.</summary>
/// <remarks>
/// Frame of reference with bit packing (Goldstein, Ramakrishnan, Shaft 1998). Reading needs <see cref="Slack"/> bytes after the last column, as it fetches eight at once.
/// O(n), no branches within a block.
/// </remarks>
internal static class IntegerColumn
{
    public const int Block = 32;

    public const int Slack = 8;

    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<long> values)
    {
        var isConstant = values.IndexOfAnyExcept(values.IsEmpty ? 0 : values[0]) < 0;
        WriteByte(to, isConstant ? (byte)0 : (byte)1);
        if (isConstant)
        {
            WriteNumber(to, values.IsEmpty ? 0 : values[0]);
            return;
        }
        for (var from = 0; from < values.Length; from += Block) WriteBlock(to, values.Slice(from, Math.Min(Block, values.Length - from)));
    }

    public static void Read(ref ReadOnlySpan<byte> from, Span<long> values)
    {
        if (ReadByte(ref from) == 0)
        {
            values.Fill(ReadNumber(ref from));
            return;
        }
        for (var at = 0; at < values.Length; at += Block) ReadBlock(ref from, values.Slice(at, Math.Min(Block, values.Length - at)));
    }

    private static void WriteBlock(IBufferWriter<byte> to, ReadOnlySpan<long> values)
    {
        long least = long.MaxValue, most = long.MinValue;
        foreach (var value in values)
        {
            least = Math.Min(least, value);
            most = Math.Max(most, value);
        }
        var width = 64 - BitOperations.LeadingZeroCount((ulong)(most - least));
        // Wider than this a value and the bits before it do not fit into eight bytes.
        if (width > 56) width = 64;
        WriteByte(to, (byte)width);
        WriteNumber(to, least);
        if (width == 0) return;
        var bytes = (values.Length * width + 7) / 8;
        var span = to.GetSpan(bytes + Slack);
        span[..(bytes + Slack)].Clear();
        for (var i = 0; i < values.Length; i++)
        {
            var bit = i * width;
            ref var word = ref Unsafe.As<byte, ulong>(ref span[bit >> 3]);
            word |= (ulong)(values[i] - least) << (bit & 7);
        }
        to.Advance(bytes);
    }

    private static void ReadBlock(ref ReadOnlySpan<byte> from, Span<long> values)
    {
        var width = ReadByte(ref from);
        var least = ReadNumber(ref from);
        if (width == 0)
        {
            values.Fill(least);
            return;
        }
        if (width > 64) throw new InvalidDataException("A block of the history cannot be read.");
        var bytes = (values.Length * width + 7) / 8;
        if (from.Length < bytes + Slack) throw new InvalidDataException("A block of the history is cut short.");
        ref var first = ref MemoryMarshal.GetReference(from);
        var mask = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        for (int i = 0, bit = 0; i < values.Length; i++, bit += width)
            values[i] = (long)((Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, bit >> 3)) >> (bit & 7)) & mask) + least;
        from = from[bytes..];
    }

    public static void WriteByte(IBufferWriter<byte> to, byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }

    /// <summary>A whole number in seven bits a byte, its sign in the lowest.</summary>
    public static void WriteNumber(IBufferWriter<byte> to, long value) => to.Advance(WriteNumber(to.GetSpan(10), value));

    /// <returns>How many bytes it took.</returns>
    public static int WriteNumber(Span<byte> to, long value)
    {
        var rest = (ulong)((value << 1) ^ (value >> 63));
        var length = 0;
        while (rest >= 0x80)
        {
            to[length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }
        to[length++] = (byte)rest;
        return length;
    }

    public static byte ReadByte(ref ReadOnlySpan<byte> from)
    {
        var value = from[0];
        from = from[1..];
        return value;
    }

    public static long ReadNumber(ref ReadOnlySpan<byte> from)
    {
        ulong value = 0;
        var length = 0;
        byte part;
        do
        {
            part = from[length];
            value |= (ulong)(part & 0x7f) << (7 * length++);
        }
        while (part >= 0x80);
        from = from[length..];
        return (long)(value >> 1) ^ -(long)(value & 1);
    }
}
