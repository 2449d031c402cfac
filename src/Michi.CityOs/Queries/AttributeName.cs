using System.Text;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Queries;

/// <summary>Reads names of attributes and types within expressions.</summary>
internal static class AttributeName
{
    /// <summary>Members of entities that are no attributes and keep their short names.</summary>
    public static bool IsCoreMember(string name) => name is "id" or "type" or "scope" or "createdAt" or "modifiedAt" or "expiresAt" or "deletedAt";

    /// <summary>Reads a name as the context shortens it (AttrName, clause 4.9), perhaps with a prefix, or a whole URI, to whose dots no path follows.</summary>
    public static string Read(ExpressionReader reader, string example)
    {
        var from = reader.Position;
        ReadTerm(reader);
        if (reader.Position == from) throw reader.Fault($"expected the name of an attribute, such as {example}");
        if (reader.Current != ':') return reader.Text[from..reader.Position];
        if (string.CompareOrdinal(reader.Text, reader.Position, "://", 0, 3) == 0 || reader.Text.AsSpan(from, reader.Position - from) is "urn")
        {
            while (!reader.IsAtEnd && !IsOperator(reader.Current)) reader.Position++;
            return reader.Text[from..reader.Position];
        }
        reader.Position++;
        var rest = reader.Position;
        ReadTerm(reader);
        if (reader.Position == rest) throw reader.Fault("expected a name after the prefix and its colon");
        return reader.Text[from..reader.Position];
    }

    /// <summary>Letters, digits and _, beginning with a letter.</summary>
    public static void ReadTerm(ExpressionReader reader)
    {
        if (!Rune.TryGetRuneAt(reader.Text, Math.Min(reader.Position, reader.Text.Length - 1), out var first) || reader.IsAtEnd || !Rune.IsLetter(first)) return;
        while (!reader.IsAtEnd && Rune.TryGetRuneAt(reader.Text, reader.Position, out var rune) && (Rune.IsLetter(rune) || Rune.IsNumber(rune) || rune.Value == '_'))
            reader.Position += rune.Utf16SequenceLength;
    }

    public static string Expand(ExpressionReader reader, string name, int at, JsonLdContext context, string what)
    {
        if (!EntityReader.IsName(name)) throw reader.Fault($"{name} is not the name of {what}: expected letters, digits and _, beginning with a letter, after a prefix and a colon if need be, or a URI", at);
        var iri = context.Expand(name);
        return iri[0] == '@' ? throw reader.Fault($"{name} is not the name of {what}", at) : iri;
    }

    private static bool IsOperator(char c) => c is '=' or '!' or '<' or '>' or '~' or ';' or '|' or '(' or ')' or '[' or ']' or '{' or '}' or ',' or '"' or ' ';
}
