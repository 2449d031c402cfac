using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Michi.Assessment.Migrations;

[DbContext(typeof(AssessmentDb))]
[Migration("20261122_CreateAssessment")]
internal sealed class CreateAssessment : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("assessment_evidence", t => new
        {
            Id = t.Column<Guid>(),
            Code = t.Column<string>(),
            PlaceId = t.Column<Guid>(),
            Kind = t.Column<string>(),
            Statement = t.Column<string>(),
            Source = t.Column<string>(),
            Date = t.Column<string>(nullable: true),
            Quality = t.Column<string>(),
            IsInternal = t.Column<bool>(),
            Links = t.Column<string>(),
            Attachments = t.Column<string>(),
            CreatedAt = t.Column<long>(),
            Version = t.Column<int>(),
            RetiredAt = t.Column<long>(nullable: true),
            RetiredReason = t.Column<string>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_assessment_evidence", e => e.Id));
        migrationBuilder.CreateIndex("IX_assessment_evidence_Code", "assessment_evidence", "Code", unique: true);
        migrationBuilder.CreateIndex("IX_assessment_evidence_PlaceId", "assessment_evidence", "PlaceId");

        migrationBuilder.CreateTable("assessment_history", t => new
        {
            Id = t.Column<Guid>(),
            EvidenceId = t.Column<Guid>(),
            Version = t.Column<int>(),
            At = t.Column<long>(),
            Actor = t.Column<string>(),
            Change = t.Column<string>(),
            Snapshot = t.Column<string>(),
        }, constraints: t => t.PrimaryKey("PK_assessment_history", v => v.Id));
        migrationBuilder.CreateIndex("IX_assessment_history_EvidenceId_Version", "assessment_history", ["EvidenceId", "Version"], unique: true);

        migrationBuilder.CreateTable("assessment_assessments", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            Title = t.Column<string>(),
            PackHash = t.Column<string>(),
            IsDemonstration = t.Column<bool>(),
            CreatedAt = t.Column<long>(),
        }, constraints: t => t.PrimaryKey("PK_assessment_assessments", a => a.Id));
        migrationBuilder.CreateIndex("IX_assessment_assessments_PlaceId", "assessment_assessments", "PlaceId");

        migrationBuilder.CreateTable("assessment_rounds", t => new
        {
            Id = t.Column<Guid>(),
            AssessmentId = t.Column<Guid>(),
            Number = t.Column<int>(),
            OpenedAt = t.Column<long>(),
            ClosedAt = t.Column<long>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_assessment_rounds", r => r.Id));
        migrationBuilder.CreateIndex("IX_assessment_rounds_AssessmentId_Number", "assessment_rounds", ["AssessmentId", "Number"], unique: true);

        migrationBuilder.CreateTable("assessment_assessors", t => new
        {
            Id = t.Column<Guid>(),
            AssessmentId = t.Column<Guid>(),
            Name = t.Column<string>(),
            Group = t.Column<string>(),
            LinkHash = t.Column<string>(),
            InvitedAt = t.Column<long>(),
            RemovedAt = t.Column<long>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_assessment_assessors", a => a.Id));
        migrationBuilder.CreateIndex("IX_assessment_assessors_AssessmentId", "assessment_assessors", "AssessmentId");
        migrationBuilder.CreateIndex("IX_assessment_assessors_LinkHash", "assessment_assessors", "LinkHash", unique: true);

        migrationBuilder.CreateTable("assessment_ratings", t => new
        {
            Id = t.Column<Guid>(),
            RoundId = t.Column<Guid>(),
            AssessorId = t.Column<Guid>(),
            Element = t.Column<string>(),
            Level = t.Column<int>(nullable: true),
            Confidence = t.Column<string>(),
            Reason = t.Column<string>(),
            EvidenceCodes = t.Column<string>(),
            At = t.Column<long>(),
        }, constraints: t => t.PrimaryKey("PK_assessment_ratings", r => r.Id));
        migrationBuilder.CreateIndex("IX_assessment_ratings_RoundId_AssessorId_Element", "assessment_ratings", ["RoundId", "AssessorId", "Element"], unique: true);

        migrationBuilder.CreateTable("assessment_consensus", t => new
        {
            Id = t.Column<Guid>(),
            AssessmentId = t.Column<Guid>(),
            Element = t.Column<string>(),
            Level = t.Column<int>(),
            Confidence = t.Column<string>(),
            Reason = t.Column<string>(),
            At = t.Column<long>(),
        }, constraints: t => t.PrimaryKey("PK_assessment_consensus", c => c.Id));
        migrationBuilder.CreateIndex("IX_assessment_consensus_AssessmentId_Element", "assessment_consensus", ["AssessmentId", "Element"], unique: true);

        migrationBuilder.CreateTable("assessment_profiles", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            AssessmentId = t.Column<Guid>(nullable: true),
            IsCurrent = t.Column<bool>(),
            At = t.Column<long>(),
            On = t.Column<DateOnly>(),
            PackHash = t.Column<string>(),
            InputsHash = t.Column<string>(),
            Seed = t.Column<int>(),
            Draws = t.Column<int>(),
            ProgramVersion = t.Column<string>(),
            Stage = t.Column<string>(),
            StageProbabilities = t.Column<string>(),
            Whole = t.Column<string>(),
            Levels = t.Column<string>(),
            Expected = t.Column<string>(),
            Direction = t.Column<string>(),
            EvidenceCount = t.Column<int>(),
            RatedElements = t.Column<int>(),
        }, constraints: t => t.PrimaryKey("PK_assessment_profiles", p => p.Id));
        migrationBuilder.CreateIndex("IX_assessment_profiles_PlaceId_IsCurrent", "assessment_profiles", ["PlaceId", "IsCurrent"]);

        migrationBuilder.CreateTable("assessment_sharelinks", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            Hash = t.Column<string>(),
            CreatedBy = t.Column<string>(),
            CreatedAt = t.Column<long>(),
            ExpiresAt = t.Column<long>(),
            WithdrawnAt = t.Column<long>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_assessment_sharelinks", l => l.Id));
        migrationBuilder.CreateIndex("IX_assessment_sharelinks_Hash", "assessment_sharelinks", "Hash", unique: true);
        migrationBuilder.CreateIndex("IX_assessment_sharelinks_PlaceId", "assessment_sharelinks", "PlaceId");
    }
}
