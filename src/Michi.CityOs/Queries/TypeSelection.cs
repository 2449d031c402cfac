using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Queries;

/// <summary>The types wanted of entities, clause 4.17: <c>(Home;Vehicle)|Motorhome</c>, or * for any.</summary>
internal sealed class TypeSelection
{
    private readonly Expression<string>? _expression;

    private TypeSelection(Expression<string>? expression)
    {
        _expression = expression;
        Names = expression is null ? [] : [.. expression.Terms.Distinct()];
        IsAnyOf = expression is not null && IsPlain(expression);
    }

    /// <summary>All expanded names, each once.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether having any of the names is enough.</summary>
    public bool IsAnyOf { get; }

    /// <summary>Whether every entity matches (type=*).</summary>
    public bool IsEverything => _expression is null;

    public static TypeSelection Parse(string text, JsonLdContext context)
    {
        if (text.AsSpan().Trim(' ') is "*") return new(null);
        return new(Expression<string>.Read(new ExpressionReader("type", text), isCommaOr: true, reader =>
        {
            var from = reader.Position;
            while (!reader.IsAtEnd && reader.Current is not (',' or ';' or '|' or '(' or ')' or ' ')) reader.Position++;
            var name = reader.Text[from..reader.Position];
            if (name.Length == 0) throw reader.Fault("expected the name of a type, such as Building");
            return AttributeName.Expand(reader, name, from, context, "a type");
        }));
    }

    /// <param name="types">Expanded.</param>
    public bool Matches(IReadOnlyList<string> types) => _expression is null || _expression.Holds(types, static (name, types) =>
    {
        for (var i = 0; i < types.Count; i++)
            if (types[i] == name) return true;
        return false;
    });

    private static bool IsPlain(Expression<string> expression) => expression.Parts is null || (!expression.IsAll && expression.Parts.All(IsPlain));
}
