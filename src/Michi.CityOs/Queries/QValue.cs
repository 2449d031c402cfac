using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Michi.CityOs.Queries;

/// <summary>A value to compare with, clause 4.9.</summary>
internal sealed class QValue
{
    private readonly byte[] _bytes;
    private readonly bool _isQuoted;
    private readonly long _ticks;

    private QValue(ScalarKind kind, string text, double number, bool isQuoted)
    {
        Kind = kind;
        Text = text;
        Number = number;
        _isQuoted = isQuoted;
        _bytes = Encoding.UTF8.GetBytes(text);
        if (kind == ScalarKind.Text) Instant = InstantText.Read(_bytes, out _ticks);
    }

    public ScalarKind Kind { get; }

    public string Text { get; }

    public double Number { get; }

    /// <summary>What point of time the text tells: then times are compared as such.</summary>
    public InstantKind Instant { get; }

    /// <summary>Whether it can be put in order: not so true, false and words without quotes.</summary>
    public bool IsComparable => Kind == ScalarKind.Number || (Kind == ScalarKind.Text && (_isQuoted || Instant != InstantKind.None));

    public static QValue OfText(string text) => new(ScalarKind.Text, text, 0, isQuoted: true);

    /// <summary>A value without quotes: number, boolean, time or word.</summary>
    public static QValue OfToken(string token)
    {
        if (token is "true" or "false") return new(ScalarKind.Boolean, token, token == "true" ? 1 : 0, false);
        return TryNumber(token, out var number) ? new(ScalarKind.Number, token, number, false) : new(ScalarKind.Text, token, 0, false);
    }

    /// <summary>A number as JSON writes it, RFC 8259, section 6, that is finite.</summary>
    public static bool TryNumber(string token, out double number)
    {
        number = 0;
        if (token.Length is 0 or > 100 || token[^1] is < '0' or > '9' || (token[0] != '-' && token[0] is < '0' or > '9')) return false;
        Span<byte> bytes = stackalloc byte[100];
        if (!Encoding.ASCII.TryGetBytes(token, bytes, out var length)) return false;
        var json = new Utf8JsonReader(bytes[..length]);
        try
        {
            return json.Read() && json.TokenType == JsonTokenType.Number && json.TryGetDouble(out number) && double.IsFinite(number) && !json.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The same value as another text: its expansion.</summary>
    public QValue As(string text) => new(ScalarKind.Text, text, 0, _isQuoted);

    /// <summary>How the value of a token compares with this one; null where their types differ.</summary>
    public int? CompareTo(ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Number:
                return Kind == ScalarKind.Number && json.TryGetDouble(out var number) ? number.CompareTo(Number) : null;
            case JsonTokenType.True or JsonTokenType.False:
                return Kind == ScalarKind.Boolean ? (json.TokenType == JsonTokenType.True ? 1d : 0d).CompareTo(Number) : null;
            case JsonTokenType.String when Kind == ScalarKind.Text:
                if (!json.ValueIsEscaped) return CompareTo(json.ValueSpan);
                var buffer = ArrayPool<byte>.Shared.Rent(json.ValueSpan.Length);
                try
                {
                    return CompareTo(buffer.AsSpan(0, json.CopyString(buffer)));
                }
                catch (InvalidOperationException)
                {
                    // Half of a surrogate pair: no text, so no equal.
                    return null;
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            default:
                return null;
        }
    }

    public int? CompareTo(DateTimeOffset time) => Instant == InstantKind.DateTime ? time.UtcTicks.CompareTo(_ticks) : null;

    public int? CompareTo(string text) => Kind == ScalarKind.Text ? CompareTo(Encoding.UTF8.GetBytes(text)) : null;

    private int? CompareTo(ReadOnlySpan<byte> text)
    {
        if (Instant != InstantKind.None)
        {
            if (InstantText.Read(text, out var ticks) == Instant) return ticks.CompareTo(_ticks);
            if (!_isQuoted) return null;
        }
        return text.SequenceCompareTo(_bytes);
    }
}
