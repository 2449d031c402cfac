using System.Globalization;
using System.Text;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Queries;

/// <summary>Reads the terms of a query on values, clause 4.9.</summary>
/// <param name="expanded">Expanded names of the attributes whose values are names to expand; null for none.</param>
internal sealed class QTermReader(JsonLdContext context, HashSet<string>? expanded)
{
    private const int MostValues = 1_000;

    /// <summary>No number or time is longer.</summary>
    private const int LongestRangeEnd = 100;

    public QTerm Read(ExpressionReader reader)
    {
        var isNegated = reader.TryTake('!');
        var path = AttributePath.Read(reader, context);
        reader.SkipBlanks();
        var at = reader.Position;
        var read = ReadOperator(reader);
        if (isNegated) return read == QOperator.Exists ? new QTerm { Path = path, Operator = QOperator.NotExists } : throw reader.Fault("! before a name asks for its absence and goes without a comparison; write != to compare", at);
        if (read == QOperator.Exists) return new QTerm { Path = path, Operator = read };
        reader.SkipBlanks();
        if (read is QOperator.Match or QOperator.NotMatch)
        {
            var from = reader.Position;
            var pattern = ReadPattern(reader);
            return new QTerm { Path = path, Operator = read, Pattern = TextPattern.Parse(pattern, reader.Told(from)) };
        }
        List<QValue> values = [ReadValue(reader)];
        var isEquality = read is QOperator.Equal or QOperator.Unequal;
        if (!isEquality && !values[0].IsComparable) throw reader.Fault($"{values[0].Text} cannot be put in order; write a number, a time, or a text in double quotes", at);
        reader.SkipBlanks();
        var isRange = reader.TryTake("..");
        if (isRange)
        {
            reader.SkipBlanks();
            values.Add(ReadValue(reader));
            if (!values.TrueForAll(v => v.IsComparable) || values[0].Kind != values[1].Kind || values[0].Instant != values[1].Instant)
                throw reader.Fault("the ends of a range have to be two numbers, two times, or two texts in double quotes", at);
        }
        else
        {
            while (reader.TryTake(','))
            {
                if (values.Count == MostValues) throw reader.Fault($"more than {MostValues} values");
                values.Add(ReadValue(reader));
                reader.SkipBlanks();
            }
        }
        if (!isEquality && values.Count > 1) throw reader.Fault("lists and ranges of values go with == and != only", at);
        return new QTerm { Path = path, Operator = read, Values = Expand(path, values), IsRange = isRange };
    }

    private static QOperator ReadOperator(ExpressionReader reader)
    {
        if (reader.TryTake("==")) return QOperator.Equal;
        if (reader.TryTake("!=")) return QOperator.Unequal;
        if (reader.TryTake("!~=")) return QOperator.NotMatch;
        if (reader.TryTake("~=")) return QOperator.Match;
        if (reader.TryTake(">=")) return QOperator.GreaterOrEqual;
        if (reader.TryTake(">")) return QOperator.Greater;
        if (reader.TryTake("<=")) return QOperator.LessOrEqual;
        if (reader.TryTake("<")) return QOperator.Less;
        if (reader.Current is '=' or '~' or '!') throw reader.Fault("expected an operator: ==, !=, >, >=, <, <=, ~= or !~=");
        return QOperator.Exists;
    }

    /// <summary>Clause 4.9, example 12: names among the values are expanded where the request says so.</summary>
    private QValue[] Expand(AttributePath path, List<QValue> values)
    {
        if (expanded is null || !path.Names.Any(expanded.Contains)) return [.. values];
        return [.. values.SelectMany(v => v.Kind == ScalarKind.Text ? (QValue[])[v, v.As(context.Expand(v.Text))] : [v])];
    }

    private static QValue ReadValue(ExpressionReader reader)
    {
        if (reader.Current == '"') return QValue.OfText(ReadQuoted(reader));
        var from = reader.Position;
        var token = ReadToken(reader);
        if (token.Length == 0) throw reader.Fault("expected a value, such as 20, true, 2026-01-31T09:00:00Z, urn:ngsi-ld:City:Pisa or \"red\"");
        var value = QValue.OfToken(token);
        if (value.Kind == ScalarKind.Text && value.Instant == InstantKind.None && !EntityReader.IsUri(token) && !IsWord(token))
            throw reader.Fault($"{token} has to be written in double quotes", from);
        return value;
    }

    /// <summary>The characters up to an operator, a closing parenthesis or, after what can begin a range, two dots.</summary>
    private static string ReadToken(ExpressionReader reader)
    {
        var from = reader.Position;
        var depth = 0;
        while (!reader.IsAtEnd)
        {
            var c = reader.Current;
            if (c is ';' or '|' or ' ' or '"' || (c == ')' && depth == 0) || (c == ',' && !IsDecimalComma(reader, from))) break;
            if (c == '(') depth++;
            if (c == ')') depth--;
            if (c == '.' && reader.Peek(1) == '.' && reader.Position - from <= LongestRangeEnd && QValue.OfToken(reader.Text[from..reader.Position]).IsComparable) break;
            reader.Position++;
        }
        return reader.Text[from..reader.Position];
    }

    /// <summary>Whether a comma stands between the seconds of a time and their decimals, clause 4.6.3.</summary>
    private static bool IsDecimalComma(ExpressionReader reader, int from)
    {
        var text = reader.Text.AsSpan(from, reader.Position - from);
        return text.Length is 8 or 19 && char.IsAsciiDigit(text[0]) && text[^3] == ':' && text[^6] == ':' && char.IsAsciiDigit(reader.Peek(1));
    }

    private static bool IsWord(string token)
    {
        foreach (var c in token)
            if (!char.IsLetterOrDigit(c) && !char.IsSurrogate(c) && c is not ('_' or '-' or '.' or ':' or '/' or '+' or '#' or '@' or '%')) return false;
        return true;
    }

    /// <summary>A text as JSON writes it, RFC 8259, section 7.</summary>
    private static string ReadQuoted(ExpressionReader reader)
    {
        var from = reader.Position++;
        StringBuilder? text = null;
        var start = reader.Position;
        while (reader.Current != '"' || reader.IsAtEnd)
        {
            if (reader.IsAtEnd) throw reader.Fault("this text has no closing double quote", from);
            if (reader.Current != '\\')
            {
                reader.Position++;
                continue;
            }
            text = (text ?? new()).Append(reader.Text, start, reader.Position - start);
            var c = reader.Peek(1);
            reader.Position += 2;
            text.Append(c switch
            {
                '"' or '\\' or '/' => c,
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => ReadCodeUnit(reader),
                _ => throw reader.Fault("\\ is followed by neither \" \\ / b f n r t nor u and four digits; write \\\\ for \\ itself", reader.Position - 2),
            });
            start = reader.Position;
        }
        var rest = reader.Text[start..reader.Position];
        reader.Position++;
        return text is null ? rest : text.Append(rest).ToString();
    }

    private static char ReadCodeUnit(ExpressionReader reader)
    {
        var digits = reader.Text.AsSpan(reader.Position, Math.Min(4, reader.Text.Length - reader.Position));
        if (digits.Length < 4 || !ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)) throw reader.Fault("expected four hexadecimal digits after \\u");
        reader.Position += 4;
        return (char)unit;
    }

    /// <summary>A regular expression: between double quotes, where only \" is changed, or bare up to an operator outside of its own parentheses and brackets.</summary>
    private static string ReadPattern(ExpressionReader reader)
    {
        var from = reader.Position;
        if (reader.Current == '"')
        {
            reader.Position++;
            while (reader.Current != '"' || reader.IsAtEnd)
            {
                if (reader.IsAtEnd) throw reader.Fault("this regular expression has no closing double quote", from);
                reader.Position += reader.Current == '\\' && reader.Peek(1) != '\0' ? 2 : 1;
            }
            return reader.Text[(from + 1)..reader.Position++].Replace("\\\"", "\"", StringComparison.Ordinal);
        }
        var depth = 0;
        var isInBrackets = false;
        while (!reader.IsAtEnd)
        {
            var c = reader.Current;
            if (!isInBrackets && depth == 0 && c is ';' or '|' or ')') break;
            if (c == '\\') reader.Position++;
            else if (isInBrackets) isInBrackets = c != ']';
            else if (c == '[') isInBrackets = true;
            else if (c == '(') depth++;
            else if (c == ')') depth--;
            reader.Position++;
        }
        reader.Position = Math.Min(reader.Position, reader.Text.Length);
        return reader.Text[from..reader.Position].TrimEnd(' ');
    }
}
