using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Michi.Assessment.Rounds;

/// <summary>One writer at a time for an assessment, so that a rating and the closing of its round never cross.</summary>
internal static class AssessmentLock
{
    /// <summary>Begins a transaction that other writers of the assessment wait for; what is read in it is the newest.</summary>
    /// <remarks>SQLite locks when the transaction begins. PostgreSQL locks the assessment's row by a change that changes nothing.</remarks>
    public static async Task<IDbContextTransaction> LockAsync(this AssessmentDb db, Guid assessment, CancellationToken cancel)
    {
        var transaction = await db.Database.BeginTransactionAsync(cancel);
        await db.Assessments.Where(a => a.Id == assessment).ExecuteUpdateAsync(s => s.SetProperty(a => a.Title, a => a.Title), cancel);
        return transaction;
    }
}
