namespace Michi.CityOs.Queries;

/// <summary>The scopes wanted of entities, clause 4.19: <c>(/Madrid/+/Parks;/CompanyA/#)|/CompanyB</c>.</summary>
internal sealed class ScopeFilter
{
    private readonly Expression<Pattern> _expression;

    private ScopeFilter(string text, Expression<Pattern> expression)
    {
        (Text, _expression) = (text, expression);
        Prefixes = PrefixesOf(expression);
    }

    /// <summary>As it was told.</summary>
    public string Text { get; }

    /// <summary>Every match has a scope that is one of these or begins with one of these and a slash; "" stands for any scope.</summary>
    public IReadOnlyList<string> Prefixes { get; }

    public static ScopeFilter Parse(string text) => new(text, Expression<Pattern>.Read(new ExpressionReader("scopeQ", text), isCommaOr: true, ReadPattern));

    /// <param name="scopes">Each beginning with a slash; null for none.</param>
    public bool Matches(IReadOnlyList<string>? scopes) => scopes is { Count: > 0 } && _expression.Holds(scopes, static (pattern, scopes) =>
    {
        for (var i = 0; i < scopes.Count; i++)
            if (pattern.Matches(scopes[i])) return true;
        return false;
    });

    private static Pattern ReadPattern(ExpressionReader reader)
    {
        List<string> levels = [];
        // The leading slash may be left out, as the standard's example 5 does.
        if (reader.Current == '/') reader.Position++;
        while (true)
        {
            var from = reader.Position;
            if (reader.Current == '#')
            {
                reader.Position++;
                return new([.. levels], IsOpen: true);
            }
            if (reader.Current == '+') reader.Position++;
            else AttributeName.ReadTerm(reader);
            if (reader.Position == from) throw reader.Fault("expected a level of a scope: letters, digits and _, beginning with a letter, + for any one level, or # at the end for all levels below");
            levels.Add(reader.Text[from..reader.Position]);
            if (reader.Current != '/') return new([.. levels], IsOpen: false);
            reader.Position++;
        }
    }

    private static IReadOnlyList<string> PrefixesOf(Expression<Pattern> expression)
    {
        if (expression.Parts is null) return [expression.Term!.Prefix];
        var parts = expression.Parts.Select(PrefixesOf);
        // All parts have to hold, so the most telling one is enough.
        return expression.IsAll ? parts.MaxBy(p => p.Min(prefix => prefix.Length))! : [.. parts.SelectMany(p => p).Distinct()];
    }

    private sealed record Pattern(string[] Levels, bool IsOpen)
    {
        public string Prefix => string.Concat(Levels.TakeWhile(l => l != "+").Select(l => '/' + l));

        public bool Matches(string scope)
        {
            var rest = scope.AsSpan();
            foreach (var level in Levels)
            {
                if (rest is not ['/', ..]) return false;
                rest = rest[1..];
                var end = rest.IndexOf('/');
                var found = end < 0 ? rest : rest[..end];
                if (level != "+" && !found.SequenceEqual(level)) return false;
                rest = end < 0 ? default : rest[end..];
            }
            return IsOpen || rest.IsEmpty;
        }
    }
}
