using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Michi.CityOs.Subscriptions;

/// <summary>A message for an MQTT broker.</summary>
/// <param name="IsVersion5">MQTT 5.0, otherwise 3.1.1.</param>
/// <param name="Quality">0: at most once, 1: at least once, 2: exactly once.</param>
internal sealed record MqttMessage(bool IsVersion5, string ClientId, string? User, string? Password, string Topic, int Quality, ReadOnlyMemory<byte> Payload);

/// <summary>Publishes one message over a connection of its own and waits until the broker has it.</summary>
/// <remarks>Sources: OASIS MQTT 3.1.1 and MQTT 5.0, sections 3.1 to 3.7 and 3.14. At quality 0 nothing is answered: that the broker took the connection is all that is known.</remarks>
internal static class MqttPublisher
{
    private const byte Connect = 0x10, ConnectAnswer = 0x20, Publish = 0x30, PublishAnswer = 0x40, PublishReceived = 0x50, PublishRelease = 0x62, PublishComplete = 0x70, Disconnect = 0xe0;

    private const ushort PacketId = 1;

    /// <summary>Bytes of an answer at most; those of a broker are short.</summary>
    private const int MostAnswered = 65_536;

    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(2);

    /// <exception cref="IOException">The broker refused, or the connection broke.</exception>
    public static async Task PublishAsync(Stream stream, MqttMessage message, CancellationToken cancel)
    {
        await stream.WriteAsync(ConnectPacket(message), cancel);
        var quality = Math.Min(message.Quality, Accepted(await AnswerAsync(stream, ConnectAnswer, cancel), message.IsVersion5));
        await stream.WriteAsync(PublishPacket(message, quality), cancel);
        if (quality == 1) Check(await AnswerAsync(stream, PublishAnswer, cancel));
        if (quality == 2)
        {
            Check(await AnswerAsync(stream, PublishReceived, cancel));
            await stream.WriteAsync(Packet(PublishRelease, body => Number(body, PacketId)), cancel);
            Check(await AnswerAsync(stream, PublishComplete, cancel));
        }
        await stream.WriteAsync(new byte[] { Disconnect, 0 }, cancel);
        if (quality > 0) return;
        // The broker closes then. To close here before could take back what it has not read yet.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        end.CancelAfter(Linger);
        var rest = new byte[256];
        try
        {
            while (await stream.ReadAsync(rest, end.Token) > 0)
            {
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            // It did not take its leave; at this quality that means nothing.
        }
    }

    private static byte[] ConnectPacket(MqttMessage message) => Packet(Connect, body =>
    {
        Text(body, "MQTT");
        const int cleanStart = 0x02, hasPassword = 0x40, hasUser = 0x80;
        Bytes(body, (byte)(message.IsVersion5 ? 5 : 4), (byte)(cleanStart | (message.User is null ? 0 : hasUser) | (message.Password is null ? 0 : hasPassword)));
        Number(body, 60);
        if (message.IsVersion5) Bytes(body, 0);
        Text(body, message.ClientId);
        if (message.User is { } user) Text(body, user);
        if (message.Password is { } password) Text(body, password);
    });

    private static byte[] PublishPacket(MqttMessage message, int quality) => Packet((byte)(Publish | (quality << 1)), body =>
    {
        Text(body, message.Topic);
        if (quality > 0) Number(body, PacketId);
        // Section 3.3.2.3.2: the payload is text in UTF-8.
        if (message.IsVersion5) Bytes(body, 2, 1, 1);
        body.Write(message.Payload.Span);
    });

    /// <summary>Section 3.2: the best quality the broker gives.</summary>
    private static int Accepted(byte[] answer, bool isVersion5)
    {
        if (answer.Length < 2) throw new IOException("The MQTT broker gave an answer that is cut off.");
        if (answer[1] != 0) throw new IOException(string.Create(CultureInfo.InvariantCulture, $"The MQTT broker refused the connection: code {answer[1]}."));
        if (!isVersion5) return 2;
        // Of the properties (section 3.2.2.3) only the maximum quality matters, which may stand anywhere among them.
        var at = 2;
        var end = Length(answer, ref at);
        end = Math.Min(end + at, answer.Length);
        while (at < end)
        {
            var property = answer[at++];
            if (property == 0x24 && at < end) return answer[at];
            at += property switch
            {
                0x25 or 0x28 or 0x29 or 0x2a => 1,
                0x13 or 0x21 or 0x22 => 2,
                0x11 or 0x27 => 4,
                0x26 => Pair(answer, at),
                _ => Prefixed(answer, at),
            };
        }
        return 2;

        static int Prefixed(byte[] answer, int at) => at + 2 <= answer.Length ? 2 + BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at)) : answer.Length;

        static int Pair(byte[] answer, int at) => Prefixed(answer, at) is var first && at + first < answer.Length ? first + Prefixed(answer, at + first) : answer.Length;
    }

    private static void Check(byte[] answer)
    {
        if (answer.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(answer) != PacketId) throw new IOException("The MQTT broker acknowledged another message.");
        if (answer.Length > 2 && answer[2] >= 0x80) throw new IOException(string.Create(CultureInfo.InvariantCulture, $"The MQTT broker refused the message: code {answer[2]}."));
    }

    /// <summary>The body of the next packet, which has to be of a kind.</summary>
    private static async Task<byte[]> AnswerAsync(Stream stream, byte kind, CancellationToken cancel)
    {
        var one = new byte[1];
        await stream.ReadExactlyAsync(one, cancel);
        var found = one[0];
        var (length, shift) = (0, 0);
        do
        {
            if (shift > 21) throw new IOException("The MQTT broker sent a packet without an end.");
            await stream.ReadExactlyAsync(one, cancel);
            length |= (one[0] & 0x7f) << shift;
            shift += 7;
        }
        while (one[0] >= 0x80);
        if (length > MostAnswered) throw new IOException("The MQTT broker sent more than was asked for.");
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, cancel);
        if (found == kind) return body;
        throw new IOException(found == Disconnect && length > 0
            ? string.Create(CultureInfo.InvariantCulture, $"The MQTT broker ended the connection: code {body[0]}.")
            : string.Create(CultureInfo.InvariantCulture, $"The MQTT broker sent packet {found:x2} where {kind:x2} was due."));
    }

    private static byte[] Packet(byte kind, Action<ArrayBufferWriter<byte>> write)
    {
        var body = new ArrayBufferWriter<byte>();
        write(body);
        var packet = new ArrayBufferWriter<byte>(body.WrittenCount + 5);
        Bytes(packet, kind);
        var length = body.WrittenCount;
        // Section 2.2.3: seven bits at a time, the lowest first.
        do
        {
            Bytes(packet, (byte)(length < 0x80 ? length : (length & 0x7f) | 0x80));
            length >>= 7;
        }
        while (length > 0);
        packet.Write(body.WrittenSpan);
        return packet.WrittenSpan.ToArray();
    }

    private static int Length(byte[] bytes, ref int at)
    {
        var (length, shift) = (0, 0);
        while (at < bytes.Length && shift <= 21)
        {
            var one = bytes[at++];
            length |= (one & 0x7f) << shift;
            shift += 7;
            if (one < 0x80) break;
        }
        return length;
    }

    private static void Bytes(ArrayBufferWriter<byte> to, params ReadOnlySpan<byte> bytes) => to.Write(bytes);

    private static void Number(ArrayBufferWriter<byte> to, ushort number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to.GetSpan(2), number);
        to.Advance(2);
    }

    private static void Text(ArrayBufferWriter<byte> to, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length > ushort.MaxValue) throw new IOException("A text is too long for MQTT.");
        Number(to, (ushort)bytes.Length);
        to.Write(bytes);
    }
}
